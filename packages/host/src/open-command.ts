import { randomUUID } from 'node:crypto';
import type { Holder, SandboxGroup } from '@quicksand/isolation';
import { type ErrorCode, SandboxError } from '@quicksand/protocol';
import { CommandProcess, type CommandSink } from './command-process.ts';
import type { Place } from './enclosure.ts';
import { type ZygoteSource, withZygote } from './with-zygote.ts';
import type { ExitCause, SpawnedProcess, Zygote } from './zygote.ts';

/** Which program is wanted. */
export interface Program extends Place {
  readonly argv: readonly [string, ...string[]];
  /** Undefined for an input that is empty. */
  readonly stdin: string | undefined;
}

/** Which program is wanted, and where. */
export interface ProgramRequest extends Program {
  /** What holds the sandbox's namespaces. */
  readonly holder: Holder;
  readonly uid: number;
  /** The sandbox's group: the program gets one of its own below it. */
  readonly group: SandboxGroup;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Takes what a program does; `onSpawn` comes first, with its pid as its sandbox sees it. */
export interface ProgramSink extends CommandSink {
  onSpawn(pid: number): void;
}

/**
 * Starts a program in a sandbox, and settles when it runs, or has run. Throws `cwd_unusable`, `program_not_found`, `program_unusable`,
 * `command_start_failed`; the sink hears nothing then.
 */
export function openCommand(source: ZygoteSource, request: ProgramRequest, sink: ProgramSink): Promise<CommandProcess> {
  return withZygote(source.bareZygote, (zygote) => startProgram(zygote, request, sink));
}

async function startProgram(zygote: Zygote, request: ProgramRequest, sink: ProgramSink): Promise<CommandProcess> {
  const key = randomUUID();
  const { holder, uid, argv, cwd, env, stdin } = request;
  const group = request.group.openContext(key);
  let spawned: SpawnedProcess | undefined;
  try {
    spawned = await zygote.spawn({
      key,
      holder,
      uid,
      gid: uid,
      channel: null,
      pipes: stdin === undefined ? ['stdout', 'stderr'] : ['stdin', 'stdout', 'stderr'],
      cwd: cwd.toWellFormed(),
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()])),
      cgroups: group.entryFiles,
      program: argv.map((text) => text.toWellFormed()) as [string, ...string[]],
    });
    const started = Promise.withResolvers<void>();
    void spawned.running.then(() => started.resolve());
    sink.onSpawn(spawned.insidePid);
    const process = new CommandProcess(
      { key, process: spawned, stdin, zygote, group, sandboxGroup: request.group.whole },
      {
        onText: (stream, text) => sink.onText(stream, text),
        onExit: (exit) => {
          if (exit.message === undefined) sink.onExit(exit);
          else started.reject(toStartError(exit, argv, cwd));
          started.resolve();
        },
      },
    );
    await started.promise;
    return process;
  } catch (error) {
    // It may still wait outside of its group.
    zygote.signal(key, 'SIGKILL', true);
    spawned?.pipes[Symbol.dispose]();
    await group.close();
    throw SandboxError.is(error) && error.code === 'kernel_start_failed'
      ? new SandboxError('command_start_failed', { message: error.message })
      : error;
  }
}

const hints: Readonly<Record<string, string>> = {
  cwd_unusable: 'cwd must be a folder that exists in the sandbox, such as "/workspace"',
  program_not_found: 'is it installed in the sandbox, and is its folder in PATH?',
  program_unusable: 'it must be a program that the sandbox may run, with arguments that are not too long',
};

function toStartError({ problem, message }: ExitCause, argv: readonly string[], cwd: string): SandboxError {
  const code: ErrorCode = problem ?? 'command_start_failed';
  return new SandboxError(code, {
    message: `the command cannot be run: ${message}`,
    hint: hints[code],
    details: { program: argv[0], cwd },
  });
}
