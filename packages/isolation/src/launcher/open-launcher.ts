import { Launcher } from './launcher.ts';

/** Starts programs and mounts for a host. */
export interface Launching extends AsyncDisposable, Pick<Launcher, 'start' | 'mount' | 'unmount'> {
  /** Ends the present launcher at once, whatever it does. */
  kill(): void;
}

/** Starts a launcher on that Python, and another one when it ends. */
export function openLauncher(python: string): Launching {
  let current = new Launcher(python);
  const get = (): Launcher => {
    if (current.hasEnded) current = new Launcher(python);
    return current;
  };
  return {
    start: (request) => get().start(request),
    mount: (request) => get().mount(request),
    unmount: (point) => get().unmount(point),
    kill: () => current.kill(),
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}
