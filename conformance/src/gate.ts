import type { Box } from './box.ts';

/** Python that waits for something that only the reader of the stream can cause: see {@link openGate}. */
export const waitAtGate = `
import os as _os, time as _time
while not _os.path.exists('/workspace/.gate'):
    _time.sleep(0.01)
`;

/** Lets code go on that waits at the gate: another context of the sandbox, which shares its files, makes the file. */
export async function openGate(box: Box): Promise<void> {
  const { id } = await box.createContext();
  const { end } = await box.run(`open('/workspace/.gate', 'w').close()`, { contextId: id });
  if (end.outcome !== 'ok') throw new Error('the gate could not be opened');
}
