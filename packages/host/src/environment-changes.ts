/** What is different in `after`, with null for what is gone; undefined when nothing is. */
export function toEnvironmentChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> | undefined {
  const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  if (changed.length + gone.length === 0) return undefined;
  return Object.fromEntries<string | null>([...changed, ...gone.map((name): [string, null] => [name, null])]);
}
