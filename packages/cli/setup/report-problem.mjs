import { SetupProblem } from './setup-problem.mjs';

const shownLines = 25;

/**
 * Writes why set-up stopped and what to do. An error that is none of ours is thrown on.
 *
 * @param {unknown} error
 * @param {NodeJS.WritableStream} [stream]
 */
export function reportProblem(error, stream = process.stderr) {
  if (!(error instanceof SetupProblem)) throw error;
  const lines = error.output.trimEnd().split('\n');
  const tail = lines.slice(-shownLines).map((line) => `  | ${line}\n`);
  if (error.output.trim()) stream.write(`\n${lines.length > shownLines ? '  | …\n' : ''}${tail.join('')}`);
  stream.write(`\nSet-up stopped: ${error.message}\n`);
  if (error.hint) stream.write(`What to do: ${error.hint}\n`);
}
