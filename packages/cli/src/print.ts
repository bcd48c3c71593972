import { once } from 'node:events';

/** Writes, and waits where the reader is slow. */
export async function print(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
