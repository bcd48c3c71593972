import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readLines } from './read-lines.ts';

/** What a {@link ScriptProcess} runs, and who hears of it. */
export interface ScriptProcessOptions<Answer> {
  readonly python: string;
  /** Its name below `launcher`, without `.py`. */
  readonly name: string;
  readonly onAnswer: (answer: Answer) => void;
  /** Called once, when it has ended. */
  readonly onEnd: (failure: Error) => void;
}

/** A small process of Python that takes requests and answers them, as JSON lines. */
export class ScriptProcess<Answer> implements AsyncDisposable {
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  /** Undefined where no descriptor was free for it: `ended` tells. */
  readonly #stdin: Writable | undefined;
  #failure: Error | undefined;

  /** Starts it on that Python, 3.9 or later. */
  constructor({ python, name, onAnswer, onEnd }: ScriptProcessOptions<Answer>) {
    const script = fileURLToPath(new URL(`../../launcher/${name}.py`, import.meta.url));
    this.#child = spawn(python, ['-I', '-S', '-B', script], { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#failure) return;
        this.#failure = new Error(`the ${name} ended: ${how}`);
        onEnd(this.#failure);
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('close', (code, signal) => end(String(signal ?? code)));
    });
    this.#stdin = this.#child.stdin ?? undefined;
    this.#stdin?.on('error', () => {}); // EPIPE of one that has ended: `ended` tells
    if (this.#child.stdout) readLines(this.#child.stdout, (line) => onAnswer(JSON.parse(line) as Answer));
  }

  /** Says how it has ended, once it has. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  send(request: object): void {
    if (this.#stdin?.writable) this.#stdin.write(`${JSON.stringify(request)}\n`);
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stdin?.end();
    await this.ended;
  }
}
