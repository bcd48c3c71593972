import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const buffer = Buffer.allocUnsafeSlow(1024);

/** A file of a control group that is read for every execution: it stays open, since opening it anew each time would cost more than all the rest. */
export class CounterFile implements Disposable {
  readonly #path: string | undefined;
  #fd: number | undefined;
  #isClosed = false;

  /** `folder` is undefined where nothing is counted. */
  constructor(folder: string | undefined, name: string) {
    this.#path = folder && `${folder}/${name}`;
  }

  /** What it says; empty where there is no such file. */
  read(): string {
    const fd = this.#open();
    if (fd === undefined) return '';
    try {
      return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
    } catch {
      return ''; // ENODEV: the group was removed
    }
  }

  /** False where there is no such file, or it cannot be written. */
  write(text: string): boolean {
    const fd = this.#open();
    if (fd === undefined) return false;
    try {
      writeSync(fd, text, 0);
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number | undefined {
    if (this.#fd !== undefined || this.#path === undefined || this.#isClosed) return this.#fd;
    this.#fd = tryOpen(this.#path, 'r+') ?? tryOpen(this.#path, 'r');
    return this.#fd;
  }
}

function tryOpen(path: string, flags: 'r' | 'r+'): number | undefined {
  try {
    return openSync(path, flags);
  } catch {
    return undefined;
  }
}
