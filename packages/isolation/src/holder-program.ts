import { runTool } from './run-tool.ts';

/**
 * What holds the namespaces of a sandbox. It only waits; but code of the sandbox may look into it, and write into it. So it is confined as that code is,
 * and nothing is open in it that the program which embeds the host may have left open: the launcher sees to that.
 *
 * It is the first process of its namespace, so that no signal from inside ends it, and since it ignores SIGCHLD, Linux reaps what would be its to reap.
 */
export interface HolderProgram {
  readonly argv: readonly string[];
  /** What it says, among other words, when it is there: the namespaces and mounts are complete then. */
  readonly ready: string;
}

const env = '/usr/bin/env';
const ignoring = '--ignore-signal=CHLD';
const listing = '--list-signal-handling';

/** The one that is quickest to start first. */
export const holderPrograms: readonly [HolderProgram, HolderProgram] = [
  // To list the signals that it ignores is to say that it is there.
  { argv: [env, ignoring, listing, 'sleep', 'infinity'], ready: 'IGNORE\n' },
  { argv: ['/bin/sh', '-c', `echo ready; exec ${env} ${ignoring} sleep infinity`], ready: 'ready\n' },
];

/** The one for this machine: not every `env` can list signals (coreutils 8.31 and later can). */
export async function chooseHolderProgram(): Promise<HolderProgram> {
  const canList = await runTool(env, [ignoring, listing, 'true']).then(
    () => true,
    () => false,
  );
  return holderPrograms[canList ? 0 : 1];
}
