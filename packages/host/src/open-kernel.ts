import { randomUUID } from 'node:crypto';
import type { Holder, SandboxGroup } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';
import type { Channel, ChannelServer, KernelProblem } from './channel-server.ts';
import type { HostLimits } from './host-limits.ts';
import { Kernel, type KernelSink } from './kernel.ts';
import type { KernelProgram } from './kernel-program.ts';
import type { Log } from './log.ts';
import type { ReadBudget } from './read-budget.ts';
import { type ZygoteSource, withZygote } from './with-zygote.ts';
import type { SpawnedProcess, Zygote } from './zygote.ts';

/** Where kernels come from. */
export interface KernelSource extends ZygoteSource {
  readonly channels: ChannelServer;
  readonly limits: Pick<HostLimits, 'kernelStartMs'>;
  readonly log: Log;
}

/** Which kernel is wanted. */
export interface KernelRequest {
  readonly program: KernelProgram;
  /** What holds the sandbox's namespaces. */
  readonly holder: Holder;
  /** The sandbox's group: the kernel gets one of its own below it. */
  readonly group: SandboxGroup;
  readonly uid: number;
  /** The time of the host that the sandbox may use. */
  readonly budget: ReadBudget;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a kernel in a sandbox. Throws `kernel_start_failed`, `cwd_unusable` or `packages_unusable`. A zygote that dies in the meantime costs time, and nothing else. */
export function openKernel(source: KernelSource, request: KernelRequest, sink: KernelSink): Promise<Kernel> {
  const get = request.program.toArgv ? source.bareZygote : source.zygote;
  return withZygote(get, (zygote) => startKernel(source, zygote, { request, sink }));
}

async function startKernel(
  source: KernelSource,
  zygote: Zygote,
  { request, sink }: { readonly request: KernelRequest; readonly sink: KernelSink },
): Promise<Kernel> {
  const { channels } = source;
  const key = randomUUID();
  const group = request.group.openContext(key);
  const connected = channels.expect(key);
  let process: SpawnedProcess | undefined;
  try {
    const { holder, uid, budget, cwd, env, program } = request;
    const argv = program.toArgv?.(key);
    process = await zygote.spawn({
      key,
      holder,
      uid,
      gid: uid,
      channel: channels.path,
      pipes: ['stdout', 'stderr'],
      cwd,
      env,
      cgroups: group.entryFiles,
      ...(argv && { program: argv }),
    });
    const channel = await waitForChannel(source, { connected, process, cwd });
    if (!channel) throw tookTooLong(source.limits, argv !== undefined);
    if (channel.problem) {
      channel.socket.destroy();
      throw toStartError(channel.problem, cwd);
    }
    const { whole: sandboxGroup } = request.group;
    const parts = { key, program, process, channel, zygote, budget, group, sandboxGroup, log: source.log };
    return new Kernel(parts, sink);
  } catch (error) {
    channels.forget(key);
    // It may still wait outside of its group.
    zygote.signal(key, 'SIGKILL', true);
    process?.pipes[Symbol.dispose]();
    await group.close();
    throw error;
  }
}

/** The channel of a kernel; undefined where it does not come in time. Rejects when the kernel ends instead. Nothing of this is left once it has settled. */
async function waitForChannel(
  { channels, limits }: KernelSource,
  { connected, process, cwd }: { connected: Promise<Channel>; process: SpawnedProcess; cwd: string },
): Promise<Channel | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Channel | undefined>();
  let isSettled = false;
  const late = setTimeout(resolve, limits.kernelStartMs, undefined).unref();
  void connected.then(resolve);
  void process.exited.then(async ({ code, signal, message, problem }) => {
    if (isSettled) return;
    // What it said last says more, and is `connected`.
    await channels.settle();
    if (problem === 'cwd_unusable') return reject(toStartError({ code: problem, message: message ?? '' }, cwd));
    const how = message ?? (signal === null ? `status ${code}` : `signal ${signal}`);
    reject(new SandboxError('kernel_start_failed', { message: `the kernel ended before it was ready: ${how}` }));
  });
  try {
    return await promise;
  } finally {
    isSettled = true;
    clearTimeout(late);
  }
}

/** What a kernel says that cannot start: the caller can mend it. */
function toStartError({ code, message }: KernelProblem, cwd: string): SandboxError {
  if (code === 'packages_unusable') return toPackagesError(message);
  return new SandboxError('cwd_unusable', {
    message: `the kernel cannot start in ${cwd}: ${message}`,
    hint: 'cwd must be a folder that exists in the sandbox, such as "/workspace"',
    details: { cwd },
  });
}

/** Of Python kernels, only those that load packages of the sandbox run anything that could hold them up. */
function tookTooLong({ kernelStartMs }: Pick<HostLimits, 'kernelStartMs'>, isProgram: boolean): SandboxError {
  const message = `it was not ready after ${kernelStartMs} ms`;
  if (!isProgram) return toPackagesError(message);
  return new SandboxError('kernel_start_failed', { message: `the kernel cannot start: ${message}` });
}

function toPackagesError(message: string): SandboxError {
  return new SandboxError('packages_unusable', {
    message: `the kernel cannot start with what was installed in the sandbox: ${message}`,
    hint: 'uninstall it with a command: pip uninstall',
  });
}
