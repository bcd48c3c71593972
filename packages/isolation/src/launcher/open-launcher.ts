import { Launcher } from './launcher.ts';

/** Starts programs and mounts for a host. */
export interface Launching extends AsyncDisposable, Pick<Launcher, 'start' | 'mount' | 'unmount'> {
  /** Ends the present launcher at once, whatever it does. */
  kill(): void;
}

/** How many launchers in a row may end while they unmount the same. */
const maxTries = 3;

/** Starts a launcher on that Python, and another one when it ends. */
export function openLauncher(python: string): Launching {
  let current = new Launcher(python);
  const get = (): Launcher => {
    if (current.hasEnded) current = new Launcher(python);
    return current;
  };
  const unmount = async (point: string, triesLeft = maxTries): Promise<void> => {
    const launcher = get();
    try {
      await launcher.unmount(point);
    } catch (error) {
      // What stays mounted could never be opened again. To unmount what is not mounted does nothing.
      if (!launcher.hasEnded || triesLeft === 1) throw error;
      await unmount(point, triesLeft - 1);
    }
  };
  return {
    start: (request) => get().start(request),
    mount: async (request) => {
      const launcher = get();
      await launcher.mount(request).catch(async (error: unknown) => {
        // It may have mounted it, and have ended before it said so.
        if (launcher.hasEnded) await unmount(request.point);
        throw error;
      });
    },
    unmount: (point) => unmount(point),
    kill: () => current.kill(),
    [Symbol.asyncDispose]: () => current[Symbol.asyncDispose](),
  };
}
