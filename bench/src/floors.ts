import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HttpClient } from './http-client.ts';
import { type LineProcess, openProcess } from './open-process.ts';
import { type Samples, addUp, summarize } from './samples.ts';

const script = (name: string): string => fileURLToPath(new URL(`floors/${name}`, import.meta.url));

/** What {@link Floors} measures with. */
export interface FloorPrograms {
  readonly node: string;
  readonly python: string;
}

/** As a holder of a sandbox is made, with a program that ends at once. */
const bubblewrap = [
  ...['user', 'ipc', 'pid', 'net', 'uts', 'cgroup'].map((name) => `--unshare-${name}`),
  ...[
    '--uid',
    '1000',
    '--gid',
    '1000',
    '--cap-drop',
    'ALL',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ],
];

/** The least that the same work costs on this machine now, without any of Quicksand. Its programs are started at their first use. */
export class Floors implements AsyncDisposable {
  readonly #programs: FloorPrograms;
  readonly #open = new Map<string, Promise<LineProcess>>();

  constructor(programs: FloorPrograms) {
    this.#programs = programs;
  }

  /** A POST of some bytes to an HTTP server in Node that answers with one. */
  async hello(n: number): Promise<Samples> {
    const client = new HttpClient(await this.helloUrl());
    const took: number[] = [];
    for (let i = 0; i < n; i++) took.push(await time(() => client.send('POST', '/', { code: 'print("x")' })));
    client.close();
    return summarize(took);
  }

  /** The address of that server, which answers `/cat` with the file that it was given. */
  async helloUrl(file = ''): Promise<string> {
    const key = `hello ${file}`;
    const known =
      this.#urls.get(key) ?? (await this.#get(key, this.#programs.node, [script('hello-server.mjs'), file])).line();
    this.#urls.set(key, known);
    return known;
  }
  readonly #urls = new Map<string, Promise<string>>();

  /** A Python process that `exec`s a line from a pipe. */
  async line(text: string, n: number): Promise<Samples> {
    const python = await this.#get('lines', this.#programs.python, [script('lines.py')]);
    const took: number[] = [];
    for (let i = 0; i < n; i++) {
      const started = performance.now();
      python.write(`${text}\n`);
      while ((await python.line()) !== 'done');
      took.push(performance.now() - started);
    }
    return summarize(took);
  }

  /** A fork of a Python that has loaded numpy, pandas and matplotlib. */
  fork(n: number): Promise<Samples> {
    return this.#measured('fork.py', n, '1');
  }

  /** `bwrap … true` with every namespace. */
  bubblewrap(n: number): Promise<Samples> {
    return this.#start(n, 'bwrap', bubblewrap);
  }

  /** What a new sandbox needs at least: bubblewrap and a fork. */
  async sandbox(n: number): Promise<Samples> {
    return addUp(await this.bubblewrap(n), await this.fork(n));
  }

  /** `node -e 0`. */
  node(n: number): Promise<Samples> {
    return this.#start(n, this.#programs.node, ['-e', '0']);
  }

  /** So many prints into a StringIO. */
  prints(count: number, n: number): Promise<Samples> {
    return this.#measured('prints.py', n, String(count));
  }

  /** So many pictures by `savefig` in a plain Python. */
  pictures(count: number, n: number): Promise<Samples> {
    return this.#measured('pictures.py', n, String(count));
  }

  /** A Python that waits with these modules; the caller ends it. */
  async idlePython(modules: readonly string[]): Promise<LineProcess> {
    const python = openProcess(this.#programs.python, [script('idle.py'), ...modules]);
    await python.line();
    return python;
  }

  /** A Node that waits; the caller ends it. */
  async idleNode(): Promise<LineProcess> {
    const node = openProcess(this.#programs.node, ['-e', 'console.log("ready");process.stdin.resume()']);
    await node.line();
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#open.values()) await (await process)[Symbol.asyncDispose]();
  }

  /** Asks a script for `n` measurements of its own. */
  async #measured(name: string, n: number, question: string): Promise<Samples> {
    const python = await this.#get(name, this.#programs.python, [script(name)]);
    const took: number[] = [];
    while (took.length < n) {
      python.write(`${question}\n`);
      took.push(Number(await python.line()));
    }
    return summarize(took);
  }

  async #start(n: number, command: string, args: readonly string[]): Promise<Samples> {
    const took: number[] = [];
    for (let i = 0; i < n; i++) {
      took.push(
        await time(async () => {
          const [status] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit');
          if (status !== 0) throw new Error(`${command} ended with ${status}`);
        }),
      );
    }
    return summarize(took);
  }

  #get(key: string, command: string, args: readonly string[]): Promise<LineProcess> {
    const open = async (): Promise<LineProcess> => {
      const process = openProcess(command, args);
      if (key === 'fork.py' || key === 'pictures.py') await process.line(); // it has loaded everything
      return process;
    };
    const known = this.#open.get(key) ?? open();
    this.#open.set(key, known);
    return known;
  }
}

/** How long something takes, in milliseconds. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
