// `npm run dev`: a host on this machine, and the Worker in workerd in front of it. Options of `wrangler dev` may follow. Needs root, as the host does.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const quicksand = join(folder, '../../packages/cli/bin/quicksand.js');
const wrangler = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin/wrangler.js');

const token = randomBytes(24).toString('base64url');
const host = spawn(process.execPath, [quicksand, 'serve', '--port', '0'], {
  env: { ...process.env, QUICKSAND_TOKEN: token },
  stdio: ['ignore', 'pipe', 'inherit'],
});

const children = [host];
let isAsked = false;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    isAsked = true;
    // The Worker ends the host after it.
    children.at(-1).kill(signal);
  });

/** The address that the host prints when it is ready; undefined when it ends instead. */
async function readAddress() {
  for await (const line of createInterface({ input: host.stdout })) {
    const url = /^quicksand listening on (.+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

const url = await readAddress();
// It has said why.
if (url === undefined) process.exit(isAsked ? 0 : 1);
const variables = [`QUICKSAND_URL:${url}`, `QUICKSAND_TOKEN:${token}`].flatMap((variable) => ['--var', variable]);
const worker = spawn(process.execPath, [wrangler, 'dev', ...variables, ...process.argv.slice(2)], {
  cwd: folder,
  // Nothing is asked of Cloudflare.
  env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' },
  stdio: 'inherit',
});
children.push(worker);
const first = await Promise.race(children.map((child) => once(child, 'exit').then(() => child)));
// Whichever ended, the other has nothing to do.
for (const child of [worker, host]) {
  if (child.exitCode !== null || child.signalCode !== null) continue;
  child.kill();
  await once(child, 'exit');
}
// A host that ended by itself is a failure, whatever it said.
process.exitCode = isAsked ? 0 : first === host ? 1 : (worker.exitCode ?? 1);
