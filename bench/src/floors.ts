import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { time } from './by-turns.ts';
import { HttpClient } from './http-client.ts';
import { type LineProcess, openProcess } from './open-process.ts';

const script = (name: string): string => fileURLToPath(new URL(`floors/${name}`, import.meta.url));

/** What {@link Floors} measures with. */
export interface FloorPrograms {
  readonly node: string;
  readonly python: string;
}

interface ReadyProgram {
  readonly program: LineProcess;
  readonly said: string;
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

/** The least that the same work costs on this machine now, without any of Quicksand, once, in milliseconds. Its programs are started at their first use. */
export class Floors implements AsyncDisposable {
  readonly #programs: FloorPrograms;
  readonly #open = new Map<string, Promise<ReadyProgram>>();
  readonly #clients = new Map<string, Promise<HttpClient>>();

  constructor(programs: FloorPrograms) {
    this.#programs = programs;
  }

  /** A POST of some bytes to an HTTP server in Node that answers with one. */
  async hello(): Promise<number> {
    const client = await this.#client('');
    return time(() => client.send('POST', '/', { code: 'print("x")' }));
  }

  /** A file from `cat`, through such a server. */
  async cat(file: string): Promise<number> {
    const client = await this.#client(file);
    return time(() => client.send('GET', '/cat'));
  }

  /** A Python process that `exec`s a line from a pipe. */
  async line(text: string): Promise<number> {
    const { program } = await this.#get('lines.py', this.#programs.python, [script('lines.py')]);
    return time(async () => {
      program.write(`${text}\n`);
      while ((await program.line()) !== 'done');
    });
  }

  /** What code in a context that is there needs at least: an HTTP request, and a Python that runs it. */
  async execution(text: string): Promise<number> {
    return (await this.hello()) + (await this.line(text));
  }

  /** A fork of a Python that has loaded numpy, pandas and matplotlib. */
  fork(): Promise<number> {
    return this.#ask('fork.py', '1');
  }

  /** What a new sandbox needs at least: `bwrap … true` with every namespace, and such a fork. */
  async sandbox(): Promise<number> {
    return (await time(() => run('bwrap', bubblewrap))) + (await this.fork());
  }

  /** `node -e 0`. */
  node(): Promise<number> {
    return time(() => run(this.#programs.node, ['-e', '0']));
  }

  /** So many prints into a StringIO. */
  prints(count: number): Promise<number> {
    return this.#ask('prints.py', String(count));
  }

  /** So many pictures by `savefig` in a plain Python. */
  pictures(count: number): Promise<number> {
    return this.#ask('pictures.py', String(count));
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
    for (const client of this.#clients.values()) (await client).close();
    for (const ready of this.#open.values()) await (await ready).program[Symbol.asyncDispose]();
  }

  /** Asks a script for a measurement of its own. */
  async #ask(name: string, question: string): Promise<number> {
    const { program } = await this.#get(name, this.#programs.python, [script(name)]);
    program.write(`${question}\n`);
    return Number(await program.line());
  }

  #client(file: string): Promise<HttpClient> {
    const open = async (): Promise<HttpClient> => {
      const { said } = await this.#get(`hello ${file}`, this.#programs.node, [script('hello-server.mjs'), file]);
      return new HttpClient(said);
    };
    const known = this.#clients.get(file) ?? open();
    this.#clients.set(file, known);
    return known;
  }

  /** A program, and what it said when it had loaded everything. */
  #get(key: string, command: string, args: readonly string[]): Promise<ReadyProgram> {
    const open = async (): Promise<ReadyProgram> => {
      const program = openProcess(command, args);
      return { program, said: await program.line() };
    };
    const known = this.#open.get(key) ?? open();
    this.#open.set(key, known);
    return known;
  }
}

/** Runs a program to its end. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const [status] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit');
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}
