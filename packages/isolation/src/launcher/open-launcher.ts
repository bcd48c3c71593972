import { Launcher } from './launcher.ts';
import { Mounter } from './mounter.ts';

/** Starts programs and mounts for a host. */
export interface Launching extends AsyncDisposable, Pick<Launcher, 'start'>, Pick<Mounter, 'mount' | 'unmount'> {
  /** Ends the present launcher and mounter at once, whatever they do. */
  kill(): void;
}

/** How many mounters in a row may end while they unmount the same. */
const maxTries = 3;

/** Starts a launcher on that Python, and another one when it ends; and a mounter when there is something to mount. */
export function openLauncher(python: string): Launching {
  let launcher = new Launcher(python);
  let mounter: Mounter | undefined;
  const getLauncher = (): Launcher => (launcher = launcher.hasEnded ? new Launcher(python) : launcher);
  const getMounter = (): Mounter => (mounter = !mounter || mounter.hasEnded ? new Mounter(python) : mounter);
  const unmount = async (point: string, triesLeft = maxTries): Promise<void> => {
    const asked = getMounter();
    try {
      await asked.unmount(point);
    } catch (error) {
      // What stays mounted could never be opened again. To unmount what is not mounted does nothing.
      if (!asked.hasEnded || triesLeft === 1) throw error;
      await unmount(point, triesLeft - 1);
    }
  };
  return {
    start: (request) => getLauncher().start(request),
    mount: async (request) => {
      const asked = getMounter();
      await asked.mount(request).catch(async (error: unknown) => {
        // It may have mounted it, and have ended before it said so.
        if (asked.hasEnded) await unmount(request.point);
        throw error;
      });
    },
    unmount: (point) => unmount(point),
    kill: () => {
      launcher.kill();
      mounter?.kill();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([launcher[Symbol.asyncDispose](), mounter?.[Symbol.asyncDispose]()]);
    },
  };
}
