/** Node cancels the body of an answer that is no longer held, also when the body itself is held and not read yet. */
const held = new WeakMap<ReadableStream<Uint8Array>, Response>();

/** The body of an answer, for whoever reads it later. Empty where there is none. */
export function takeBody(response: Response): ReadableStream<Uint8Array> {
  const body = response.body ?? new Blob([]).stream();
  held.set(body, response);
  return body;
}
