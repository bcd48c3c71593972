import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { dataFolder, makeReachableFolder } from './data-folder.mjs';
import { writeEnvironment, writeJson } from './environment-file.mjs';
import { runTool } from './run-tool.mjs';
import { SetupProblem } from './setup-problem.mjs';

/** @typedef {{ program: string, prefix: string, version: string, npm: string }} NodeEnvironment */

const oldest = 24;

/**
 * Sees to it that sandboxes have Node and npm, in a folder of their own that other user ids can reach: copies of the
 * packages `node` and `npm`, laid out as Node's own archives are. Writes it into <data folder>/environment.json.
 *
 * @param {{ report?: (line: string) => void }} [options]
 * @returns {Promise<NodeEnvironment & { note: string }>}
 */
export async function ensureNodeEnvironment({ report } = {}) {
  const data = dataFolder();
  const parent = join(data, 'node');
  for (const folder of [data, parent]) makeReachableFolder(folder);
  const packages = { node: findPackage('node'), npm: findPackage('npm') };
  const source = join(packages.node.folder, 'bin/node');
  const version = await versionOf(source);
  const { size } = statSync(source);
  const key = [version, packages.npm.version, process.arch, String(size)].join('\n');
  const prefix = join(parent, createHash('sha256').update(key).digest('hex').slice(0, 12));
  const stamp = join(prefix, '.complete');
  if (!existsSync(stamp)) {
    report?.('copying Node and npm');
    makePrefix(prefix, source, packages.npm.folder);
  }
  const node = { program: join(prefix, 'bin/node'), prefix, version, npm: packages.npm.version };
  writeEnvironment(data, { node });
  return { ...node, note: `${version} with npm ${packages.npm.version} (${prefix})` };
}

/**
 * Made beside and moved into place, so that nobody ever sees half of it.
 *
 * @param {string} prefix @param {string} program @param {string} npm
 */
function makePrefix(prefix, program, npm) {
  const unfinished = `${prefix}.${process.pid}`;
  const umask = process.umask(0o022);
  try {
    const bin = join(unfinished, 'bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync(program, join(bin, 'node'), constants.COPYFILE_FICLONE);
    chmodSync(join(bin, 'node'), 0o755);
    cpSync(npm, join(unfinished, 'lib/node_modules/npm'), { recursive: true, dereference: true });
    for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
    writeJson(join(unfinished, '.complete'), {});
    // Somebody else may have made it in the meantime.
    if (!existsSync(join(prefix, '.complete'))) {
      rmSync(prefix, { recursive: true, force: true });
      renameSync(unfinished, prefix);
    }
  } finally {
    process.umask(umask);
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** @param {string} name */
function findPackage(name) {
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return { folder: dirname(file), version: String(JSON.parse(readFileSync(file, 'utf8')).version) };
  } catch {
    throw new SetupProblem(`The npm package ${name} is not installed.`, { hint: 'run npm install, then this again.' });
  }
}

/** @param {string} program */
async function versionOf(program) {
  const { status, stdout } = await runTool(program, ['--version']);
  const version = stdout.trim().replace(/^v/, '');
  if (status === 0 && Number(version.split('.')[0]) >= oldest) return version;
  throw new SetupProblem(`${program} is not Node ${oldest} or later.`, {
    hint: 'allow the package `node` to run its install script: npm rebuild node --ignore-scripts=false',
  });
}
