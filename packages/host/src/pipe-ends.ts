import { closeSync, constants, openSync } from 'node:fs';

/** A descriptor of a program that the host can read or write. */
export type PipeName = 'stdin' | 'stdout' | 'stderr';

/** The host's ends of the pipes of a program: descriptors that do not block. */
export class PipeEnds implements Disposable {
  readonly #ends = new Map<PipeName, number>();

  /** Opens them anew from the descriptors of the process `pid`, which holds them. Throws where it does not any more, since it has ended. */
  static open(pid: number, held: Readonly<Partial<Record<PipeName, number>>>): PipeEnds {
    using stack = new DisposableStack();
    const opened = stack.use(new PipeEnds());
    for (const [name, fd] of Object.entries(held) as [PipeName, number][]) {
      const way = name === 'stdin' ? constants.O_WRONLY : constants.O_RDONLY;
      opened.#ends.set(name, openSync(`/proc/${pid}/fd/${fd}`, way | constants.O_NONBLOCK));
    }
    stack.move();
    return opened;
  }

  /** Hands one over, for the caller to close. Throws where it was not asked for. */
  take(name: PipeName): number {
    const fd = this.#ends.get(name);
    if (fd === undefined) throw new Error(`there is no pipe ${name}`);
    this.#ends.delete(name);
    return fd;
  }

  /** Closes those that nobody has taken. */
  [Symbol.dispose](): void {
    for (const fd of this.#ends.values()) closeSync(fd);
    this.#ends.clear();
  }
}
