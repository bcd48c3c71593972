import type { Readable } from 'node:stream';

/** Hands on what a program writes, line by line. What is no whole line at the end it could not write any more, since it was ended. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n');
    rest += first;
    for (const next of others) {
      onLine(rest);
      rest = next;
    }
  });
}
