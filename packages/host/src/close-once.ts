/** What is closed at the end of a block, or before. */
export interface Closing extends AsyncDisposable {
  close(): Promise<void>;
}

/** Closes once, however often that is asked. What `close` has told the end of the block does not tell again. */
export function closeOnce(work: () => Promise<void>): Closing {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= work());
  return { close, [Symbol.asyncDispose]: () => closing?.catch(() => {}) ?? close() };
}
