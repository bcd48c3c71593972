const survived = new WeakSet<Error>();

/**
 * A reader of the output that has gone, or a disk that is full, ends nothing by itself: a host has its sandboxes to end. Lost output makes the exit status that of a failure, and is told once, unless it was not
 * wanted any more.
 */
export function surviveOutputErrors(): void {
  let isTold = false;
  process.stderr.on('error', (error) => survived.add(error)); // where would it be told?
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    survived.add(error);
    process.exitCode ||= 1;
    if (isTold || error.code === 'EPIPE') return;
    isTold = true;
    process.stderr.write(`quicksand: the output cannot be written: ${error.message}\n`);
  });
}

/** True for an error of standard output or standard error, of which everything has been said. */
export function isSurvived(error: Error): boolean {
  return survived.has(error);
}

/** Calls back when nobody takes what is written any more. */
export function onOutputError(callback: () => void): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', callback);
}
