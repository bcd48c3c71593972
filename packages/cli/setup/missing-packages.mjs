/**
 * Which of the packages a Python lacks.
 *
 * @param {import('./requirements.mjs').Requirement[]} packages
 * @param {import('./choose-python.mjs').Description | undefined} description what it said of them
 * @returns {{ required: string[], optional: string[] }} names; a kernel cannot work without the required ones
 */
export function missingPackages(packages, description) {
  const missing = packages.filter(
    ({ name }) => !description || description.missing.some((other) => other.name === name),
  );
  const names = (/** @type {boolean} */ optional) =>
    missing.filter((requirement) => requirement.optional === optional).map(({ name }) => name);
  return { required: names(false), optional: names(true) };
}

/**
 * What to tell about packages that code can do without; undefined when there are none.
 *
 * @param {string[]} names
 * @param {string} where
 */
export function missingNotice(names, where) {
  if (names.length === 0) return undefined;
  return `  !!  ${where} lacks ${names.join(', ')}: code that imports these fails with ModuleNotFoundError.`;
}
