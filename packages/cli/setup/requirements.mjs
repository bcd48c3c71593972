import { readFileSync } from 'node:fs';

/**
 * @typedef {{ name: string, import: string, debian: string | undefined, optional: boolean }} Requirement
 * `name`: on PyPI; `import`: the name of its module; `debian`: its Debian package, undefined where there is none;
 * `optional`: kernels work without it
 */

/**
 * Reads requirements.in: a name a line, behind it `# import <module>, debian <package>` where these differ from the name
 * (`debian -`: there is none), and `optional`.
 *
 * @param {string} text
 * @returns {Requirement[]}
 */
export function parseRequirements(text) {
  return text.split('\n').flatMap((line) => {
    const [, name, more = ''] = /^([A-Za-z0-9][\w.-]*)[^#]*(?:#(.*))?$/.exec(line) ?? [];
    if (name === undefined) return [];
    const module = /\bimport (\S+?)(,|$)/.exec(more.trim())?.[1] ?? name.replaceAll('-', '_');
    const debian = /\bdebian (\S+?)(,|$)/.exec(more.trim())?.[1] ?? `python3-${name}`;
    const optional = /\boptional\b/.test(more);
    return [{ name, import: module, debian: debian === '-' ? undefined : debian, optional }];
  });
}

/** @param {string} folder the folder of requirements.in and requirements.lock */
export function readRequirements(folder) {
  return {
    list: parseRequirements(readFileSync(`${folder}/requirements.in`, 'utf8')),
    lockFile: `${folder}/requirements.lock`,
    lock: readFileSync(`${folder}/requirements.lock`, 'utf8'),
  };
}
