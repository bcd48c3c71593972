import { formatSSE } from '@quicksand/protocol';
import { measureJsonText, writeJsonText } from './json-text.ts';
import { LongText } from './long-text.ts';

/**
 * Small events lie together in memory of their own, the others each in one: a log that is kept for a resume holds little else, and would keep what else
 * was there.
 */
const slabBytes = 4096;
const mostBytesOfCharacter = 3;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let used = 0;

/** The bytes of an event, whose `text` may be a {@link LongText}. */
export function encodeEvent(id: number, event: object): Uint8Array {
  const { text } = event as { text?: unknown };
  return text instanceof LongText
    ? encodeAround(text, formatSSE(id, { ...event, text: '' }))
    : encode(formatSSE(id, event));
}

function encode(frame: string): Uint8Array {
  const most = frame.length * mostBytesOfCharacter;
  if (most > slabBytes / 2) {
    const own = Buffer.allocUnsafeSlow(Buffer.byteLength(frame));
    own.write(frame);
    return own;
  }
  if (used + most > slabBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  }
  const start = used;
  used += slab.write(frame, start);
  return slab.subarray(start, used);
}

const place = '"text":"';

/** The frame of an event without text, which is plain ASCII, with the text in its place. */
function encodeAround({ bytes: text }: LongText, frame: string): Uint8Array {
  const start = frame.indexOf(place) + place.length;
  const end = start + measureJsonText(text);
  const bytes = Buffer.allocUnsafeSlow(end + frame.length - start);
  bytes.write(frame.slice(0, start), 0, 'latin1');
  if (end - start === text.length) bytes.set(text, start);
  else writeJsonText(text, bytes, start);
  bytes.write(frame.slice(start), end, 'latin1');
  return bytes;
}
