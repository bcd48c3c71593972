/** Does something behind what runs now. */
export const tick: (work: () => unknown) => void = process.nextTick.bind(process);

/**
 * Does something when the event loop turns: behind the immediate, as a tick. An interrupt ends all JavaScript that runs, also that of Node; its list of
 * immediates would still hold the one that was stopped, and Node would try for ever to run it.
 */
export function later(work: () => void): void {
  setImmediate(() => tick(work));
}
