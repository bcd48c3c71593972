import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.ts';

/** Podman's Docker-compatible socket, with a configuration of its own. */
export interface Podman extends AsyncDisposable {
  /** As Miniflare takes it. */
  readonly socket: string;
  /** Names of the containers that run from `image`. */
  running(image: string): Promise<string[]>;
  /** Runs a command of podman's; resolves with what it printed. */
  run(...args: string[]): Promise<string>;
}

const grant = fileURLToPath(new URL('grant.mjs', import.meta.url));

/** Limits that a container gets: podman's own are above what root has on some virtual machines, and then nothing starts. */
const configuration = (hooks: string): string => `
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
hooks_dir = [${JSON.stringify(hooks)}]
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
`;

/** Starts podman's service. With `granted` its containers have the rights that full isolation needs. */
export async function openPodman({ granted }: { granted: boolean }): Promise<Podman> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksand-podman-'));
  const path = join(folder, 'podman.sock');
  const env = { ...process.env, CONTAINERS_CONF: join(folder, 'containers.conf') };
  const hook = { path: process.execPath, args: ['node', grant] };
  await writeFile(env.CONTAINERS_CONF, configuration(folder));
  if (granted) {
    const content = { version: '1.0.0', hook, when: { always: true }, stages: ['precreate'] };
    await writeFile(join(folder, 'grant.json'), JSON.stringify(content));
  }
  const service = spawn('podman', ['system', 'service', '--time', '0', `unix://${path}`], { env, stdio: 'inherit' });
  const run = async (...args: string[]): Promise<string> => (await runTool('podman', args, env)).trim();
  const names = async (...filter: string[]): Promise<string[]> =>
    (await run('ps', '--format', '{{.Names}}', ...filter)).split('\n').filter(Boolean);
  await waitForFile(path, service);
  const before = await names('--all');
  return {
    socket: `unix://${path}`,
    run,
    running: (image) => names('--filter', `ancestor=${image}`),
    async [Symbol.asyncDispose]() {
      // What workerd has not removed yet, and what it leaves when it is ended.
      const left = (await names('--all')).filter((name) => name.startsWith('workerd-') && !before.includes(name));
      const isSidecar = (name: string): boolean => name.endsWith('-proxy');
      // A sidecar cannot be removed before what uses its network.
      for (const some of [left.filter((name) => !isSidecar(name)), left.filter(isSidecar)])
        if (some.length > 0) await run('rm', '--force', '--ignore', '--time', '0', ...some);
      service.kill();
      await once(service, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function waitForFile(path: string, service: ChildProcess): Promise<void> {
  while (
    !(await access(path).then(
      () => true,
      () => false,
    ))
  ) {
    if (service.exitCode !== null) throw new Error(`podman ended with ${service.exitCode}`);
    await delay(20);
  }
}
