import { randomUUID } from 'node:crypto';
import { ScriptProcess } from './script-process.ts';

/** Which ext4 file system is mounted where. */
export interface MountRequest {
  /** The file that it is in. */
  readonly image: string;
  readonly point: string;
  /** Options that ext4 has of its own. */
  readonly options: string;
  /** Whether the image was just made and nobody knows it; any other may be mounted already, and is then the same file system. */
  readonly new: boolean;
}

type Answer = { event: 'done'; key: string } | { event: 'failed'; key: string; message: string };

/** A small process that mounts for the host: Node would need a program for it. */
export class Mounter implements AsyncDisposable {
  readonly #process: ScriptProcess<Answer>;
  readonly #pending = new Map<string, PromiseWithResolvers<void>>();

  /** Starts it on that Python, 3.9 or later. */
  constructor(python: string) {
    this.#process = new ScriptProcess<Answer>({
      python,
      name: 'mounter',
      onAnswer: (answer) => this.#answer(answer),
      onEnd: (failure) => {
        for (const { reject } of this.#pending.values()) reject(failure);
        this.#pending.clear();
      },
    });
  }

  /** True once it has ended: then it mounts nothing more. */
  get hasEnded(): boolean {
    return this.#process.failure !== undefined;
  }

  /** Mounts an image without devices and access times. Throws what Linux says. */
  mount(request: MountRequest): Promise<void> {
    return this.#ask({ op: 'mount', ...request });
  }

  /** Unmounts what is mounted there; where a file is still open there it goes from the tree at once, and ends with the file. Throws what Linux says. */
  unmount(point: string): Promise<void> {
    return this.#ask({ op: 'unmount', point });
  }

  /** Ends it, as soon as Linux is done with what it was asked for. */
  kill(): void {
    this.#process.kill();
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  #ask(request: object): Promise<void> {
    if (this.#process.failure) return Promise.reject(this.#process.failure);
    const key = randomUUID();
    const pending = Promise.withResolvers<void>();
    this.#pending.set(key, pending);
    this.#process.send({ key, ...request });
    return pending.promise;
  }

  #answer(answer: Answer): void {
    const pending = this.#pending.get(answer.key);
    this.#pending.delete(answer.key);
    if (answer.event === 'done') pending?.resolve();
    else pending?.reject(new Error(answer.message));
  }
}
