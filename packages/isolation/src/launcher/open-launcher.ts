import { type LaunchRequest, type Launched, Launcher } from './launcher.ts';

/** Starts programs for a host. */
export interface Launching extends AsyncDisposable {
  /** Starts a program; see {@link Launcher.start}. */
  start(request: LaunchRequest): Promise<Launched>;
  /** Ends the present launcher at once, whatever it does. */
  kill(): void;
}

/** Starts a launcher on that Python, and another one when it ends. */
export function openLauncher(python: string): Launching {
  let current = new Launcher(python);
  return {
    start: (request) => {
      if (current.hasEnded) current = new Launcher(python);
      return current.start(request);
    },
    kill: () => current.kill(),
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}
