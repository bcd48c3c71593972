import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { SandboxError } from '@quicksand/protocol';

/** How many hosts can use a data folder at the same time. */
export const hostSlots = 8;

/** The place of a host among those that use the same data folder: what it makes new has uids and names of that place alone. */
export interface HostSlot extends AsyncDisposable {
  /** 0 … {@link hostSlots} - 1. */
  readonly number: number;
}

/**
 * Takes a free place. It is a name in the kernel (an abstract socket), which goes with the process however it ends. Throws `backend_unavailable` when
 * {@link hostSlots} hosts use the folder.
 */
export async function openHostSlot(dataFolder: string): Promise<HostSlot> {
  // A folder may have several names.
  const { dev, ino } = await stat(dataFolder);
  for (let number = 0; number < hostSlots; number++) {
    const server = createServer((socket) => socket.destroy());
    // The holder of a place keeps no program alive.
    server.unref();
    try {
      await once(server.listen(`\0quicksand-${dev}-${ino}-${number}`), 'listening');
      return {
        number,
        [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new SandboxError('backend_unavailable', {
    message: `${hostSlots} hosts already use the data folder ${dataFolder}`,
    hint: 'use one of them, or another data folder (QUICKSAND_HOME)',
  });
}
