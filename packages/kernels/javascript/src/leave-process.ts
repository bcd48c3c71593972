// How a process ends by itself. Where an inspector looks into it by then, as the watcher may, Node waits for that, and says so in the output of the user.

type Call<T> = (...args: unknown[]) => T;

const node = process as unknown as {
  reallyExit: Call<never>;
  _kill: Call<unknown>;
  execve: Call<unknown>;
  abort: Call<never>;
};
const { pid: ownPid } = process;
const leave = node.reallyExit.bind(process);
let last = (): void => {};

/** Ends the process at once, without the exit handlers of the user. */
export function leaveProcess(code: unknown): never {
  try {
    last();
  } catch {
    // It ends all the same, whatever the user has made of the language.
  }
  return leave(code);
}

/** Where the user has broken what even this needs of the language, the end of the process is the only one that can still be told. */
export function orLeave(work: () => void): void {
  try {
    work();
  } catch {
    leaveProcess(1);
  }
}

/** Does something before the process ends by itself, whether or not the user has let go of all exit handlers. It may be done twice. */
export function beforeLeaving(work: () => void): void {
  last = work;
  process.once('exit', work);
  node.reallyExit = leaveProcess;
}

/** Does something around what Node takes for the end, which it may not be: a signal to itself, and becoming another program. */
export function aroundSeemingEnds(around: <T>(work: () => T) => T): void {
  const kill = node._kill.bind(process);
  const become = node.execve.bind(process);
  node._kill = (pid, signal) => {
    const isOther = typeof pid === 'number' && pid > 0 && pid !== ownPid;
    return isOther || signal === 0 ? kill(pid, signal) : around(() => kill(pid, signal));
  };
  node.execve = (...args) => around(() => become(...args));
  const abort = node.abort.bind(process);
  node.abort = () => around(abort);
}
