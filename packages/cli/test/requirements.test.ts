import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missingNotice, missingPackages } from '../setup/missing-packages.mjs';
import { parseRequirements, readRequirements } from '../setup/requirements.mjs';

const folder = fileURLToPath(new URL('../../kernels/python', import.meta.url));

test('a line names a package, its module, its Debian package, and whether kernels can do without it', () => {
  const text =
    '# a comment\nnumpy\nmatplotlib-inline\nscikit-learn  # import sklearn, debian python3-sklearn, optional\norjson  # debian -, optional\n';
  expect(parseRequirements(text)).toEqual([
    { name: 'numpy', import: 'numpy', debian: 'python3-numpy', optional: false },
    { name: 'matplotlib-inline', import: 'matplotlib_inline', debian: 'python3-matplotlib-inline', optional: false },
    { name: 'scikit-learn', import: 'sklearn', debian: 'python3-sklearn', optional: true },
    { name: 'orjson', import: 'orjson', debian: undefined, optional: true },
  ]);
});

test('every package is in the lock, and the README names it', () => {
  const { list, lock } = readRequirements(folder);
  const readme = readFileSync(`${folder}/../../../README.md`, 'utf8');
  for (const { name } of list) {
    expect(lock).toMatch(new RegExp(`^${name}==`, 'm'));
    expect(readme).toContain(name);
  }
});

test('what is missing is told apart: optional or not', () => {
  const { list } = readRequirements(folder);
  const description = {
    ...{ python: '/p', prefix: '/p', basePrefix: '/p', version: '3.11.2', machine: 'x86_64', venv: true, packages: {} },
    missing: [
      { name: 'pandas', problem: 'No module' },
      { name: 'seaborn', problem: 'No module' },
    ],
  };
  expect(missingPackages(list, description)).toEqual({ required: ['pandas'], optional: ['seaborn'] });
  expect(missingPackages(list, undefined).required).toContain('ipython');
  expect(missingNotice(['seaborn'], 'It')).toContain('It lacks seaborn');
  expect(missingNotice([], 'It')).toBeUndefined();
});
