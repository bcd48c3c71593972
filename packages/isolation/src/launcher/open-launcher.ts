import { Launcher } from './launcher.ts';
import { Mounter } from './mounter.ts';

/** Starts programs and mounts for a host. */
export interface Launching extends AsyncDisposable, Pick<Launcher, 'start'>, Pick<Mounter, 'mount' | 'unmount'> {
  /** Ends the present launcher and mounter at once, whatever they do. After that nothing is started; what is mounted can still be unmounted. */
  kill(): void;
}

/** How many mounters in a row may end while they unmount the same. */
const maxTries = 3;

/** Starts a launcher on that Python, and another one when it ends; and a mounter when there is something to mount. Once disposed of it starts neither. */
export function openLauncher(python: string): Launching {
  let launcher = new Launcher(python);
  let mounter: Mounter | undefined;
  let mayStart = true;
  let mayMount = true;
  const getLauncher = (): Launcher => {
    if (!mayStart) throw new Error('nothing more is started: the host ends');
    return (launcher = launcher.hasEnded ? new Launcher(python) : launcher);
  };
  const getMounter = (): Mounter => {
    if (!mayMount) throw new Error('nothing more is mounted or unmounted: the host has ended');
    return (mounter = !mounter || mounter.hasEnded ? new Mounter(python) : mounter);
  };
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
    start: async (request) => getLauncher().start(request),
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
      mayStart = false;
      launcher.kill();
      mounter?.kill();
    },
    [Symbol.asyncDispose]: async () => {
      mayStart = mayMount = false;
      await Promise.all([launcher[Symbol.asyncDispose](), mounter?.[Symbol.asyncDispose]()]);
    },
  };
}
