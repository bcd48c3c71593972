import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { SandboxError } from '@quicksand/protocol';
import { getSandbox } from '@quicksand/sdk';
import { Box, type RunFields } from '../src/box.ts';
import { Client } from '../src/client.ts';
import type { Run } from '../src/run.ts';
import { createHttpFetcher } from '../test/http-fetcher.ts';
import type { Serve } from '../test/open-serve.ts';
import { type CountedProgram, createCountedProgram, findDifference, toOrder } from './counted-program.ts';
import { runResuming } from './resuming-run.ts';
import { type SoakLanguage, soakLanguages } from './soak-language.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Tally } from './tally.ts';

/** What a {@link SoakClient} works with. */
export interface SoakClientOptions {
  readonly id: string;
  readonly serve: Serve;
  /** The way over which its programs run: it may break. */
  readonly url: string;
  readonly random: SeededRandom;
  readonly tally: Tally;
  /** How the host has been told to end, once it has. */
  readonly ending: () => 'SIGTERM' | 'SIGKILL' | undefined;
}

/** What takes so long hangs, in milliseconds: that is told, and not waited for. */
const stuckMs = 20_000;

/** A client with a sandbox of its own, that runs one program after the other and checks each. */
export class SoakClient {
  /** Names of the programs that were seen to run: each has run once. */
  readonly ran: string[] = [];
  /** Names of all programs that were sent. */
  readonly sent: string[] = [];
  readonly box: Box;
  /** The PID namespace of its sandbox. */
  namespace = '';
  /** When a kernel of its sandbox was killed last; milliseconds since 1970. */
  killedAt = 0;
  #begunAt = 0;
  readonly #options: SoakClientOptions;
  readonly #way: Box;

  constructor(options: SoakClientOptions) {
    const { id, serve, url } = options;
    this.#options = options;
    this.box = new Box(serve.client, id);
    this.#way = new Box(new Client({ fetcher: createHttpFetcher(url), token: serve.token, close: async () => {} }), id);
  }

  /** Starts its sandbox. */
  async begin(): Promise<void> {
    const { stdout } = await this.box.run(`import os\nprint(os.readlink('/proc/self/ns/pid'))`);
    this.namespace = stdout.trim();
  }

  /** Runs programs until the host is told to end. */
  async work(): Promise<void> {
    const { random, ending, tally, id } = this.#options;
    while (!ending()) {
      this.#begunAt = Date.now();
      const kind = random.pick([
        'run',
        'run',
        'run',
        'run',
        'sdk',
        'sdk',
        'timeout',
        'cancel',
        'die',
        'context',
      ] as const);
      try {
        await this.#do(kind);
      } catch (error) {
        if (this.#isExpected(error)) tally.execution(ending() ? 'not ended with the host' : 'not started', 0);
        else tally.problem(`${id}, ${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** A host that ends refuses, or is gone; a kernel that is killed before it is ready has a name. */
  #isExpected(error: unknown): boolean {
    if (this.#wasKilled() && SandboxError.is(error) && error.code === 'kernel_start_failed') return true;
    return this.#options.ending() !== undefined && !(error instanceof Mismatch);
  }

  async #do(kind: 'run' | 'sdk' | 'timeout' | 'cancel' | 'die' | 'context'): Promise<void> {
    const { random, id } = this.#options;
    const written = random.pick(soakLanguages);
    const program = createCountedProgram(`${id}-${this.sent.length}-${written.language}`, random);
    this.sent.push(program.name);
    if (kind === 'sdk') return this.#runSdk(program, written);
    if (kind === 'context') return this.#runInContext(program, written);
    if (kind === 'timeout')
      return this.#check(
        program,
        await this.#run(program, written, { after: written.forever, timeout: 400 }),
        'Quicksand.Timeout',
      );
    if (kind === 'die') {
      const [after, ename] = random.pick(Object.entries(written.deaths));
      return this.#check(program, await this.#run(program, written, { after }), ename);
    }
    if (kind === 'run') return this.#check(program, await this.#run(program, written), undefined);
    const executionId = randomUUID();
    const running = this.#run(program, written, { after: written.forever, executionId });
    // Where the cancel breaks first, with the host, nobody waits for it.
    running.catch(() => {});
    await setTimeout(random.integer(0, 80));
    await Promise.race([this.#cancel(executionId), running]);
    this.#check(program, await running, 'Quicksand.Interrupted');
  }

  async #run(
    program: CountedProgram,
    { language, toCode }: SoakLanguage,
    { after = '', ...fields }: RunFields & { after?: string } = {},
  ): Promise<Run> {
    const isOver = (hasStarted: boolean): Error | undefined => {
      const how = this.#options.ending();
      if (how === 'SIGTERM' && hasStarted)
        return new Mismatch(`${program.name}: the host ended without the end of its stream`);
      return how && new Error('the host has ended');
    };
    const { run } = await runResuming(this.#way, toCode(program, after), {
      isOver,
      language,
      timeout: stuckMs,
      ...fields,
    });
    return run;
  }

  /** Until it is known to the host. */
  async #cancel(executionId: string): Promise<void> {
    for (;;) {
      try {
        await this.box.cancel(executionId);
        return;
      } catch (error) {
        if (!SandboxError.is(error) || error.code !== 'execution_not_found') throw error;
        await setTimeout(5);
      }
    }
  }

  async #runInContext(program: CountedProgram, written: SoakLanguage): Promise<void> {
    const { id: contextId } = await this.box.createContext({ language: written.language });
    this.#check(program, await this.#run(program, written, { contextId }), undefined);
    await this.box.deleteContext(contextId);
  }

  async #runSdk(program: CountedProgram, { language, toCode }: SoakLanguage): Promise<void> {
    const { url, serve, tally } = this.#options;
    const sandbox = getSandbox(url, this.box.id, { token: serve.token });
    const {
      logs,
      results,
      outcome = 'none',
      error,
    } = await sandbox.runCode(toCode(program), {
      language,
      timeout: stuckMs,
    });
    tally.execution(outcome, logs.stdout.length + logs.stderr.length + results.length + 1);
    if (outcome === 'ok' || logs.stdout.length > 0) this.ran.push(program.name);
    if (outcome === 'killed' && this.#mayBeKilled(error?.name)) return;
    const whole = (type: string): string =>
      toOrder(program)
        .filter((entry) => entry.startsWith(type))
        .map((entry) => entry.slice(type.length + 1))
        .join(type === 'result' ? ' ' : '');
    const seen = [logs.stdout.join(''), logs.stderr.join(''), results.map(({ text }) => text).join(' ')];
    if (JSON.stringify([outcome, ...seen]) !== JSON.stringify(['ok', ...['stdout', 'stderr', 'result'].map(whole)]))
      throw new Mismatch(
        `${program.name} by the sdk: ${outcome} ${JSON.stringify(error)} ${JSON.stringify(seen).slice(0, 500)}`,
      );
  }

  /** `ename` is the error that the program ends with; undefined for none. */
  #check(program: CountedProgram, run: Run, ename: string | undefined): void {
    const { end, errors } = run;
    this.#options.tally.execution(end.outcome ?? 'none', run.seen.length);
    if (end.outcome === 'ok' || run.text !== '') this.ran.push(program.name);
    const last = errors.at(-1)?.ename;
    const isKilled =
      end.outcome === 'killed' && (last !== ename || this.#wasKilled()) && this.#mayBeKilled(last, ename);
    // Interrupted code has written up to any place, and so has killed code.
    const isInterrupted = ename === 'Quicksand.Interrupted' || ename === 'Quicksand.Timeout';
    // R4: what a burst wrote just before a signal ended the kernel may be lost.
    const isCut = isKilled || ename === 'Quicksand.KernelKilled';
    const difference = findDifference(program, run, isInterrupted ? 'interrupted' : isCut ? 'killed' : 'whole');
    if (difference !== undefined)
      throw new Mismatch(
        `${program.name}: ${difference}; it ended with ${last}, ${errors.at(-1)?.evalue}, ${end.state}; ${JSON.stringify(program.steps)}`,
      );
    if (errors.length > (ename === undefined && !isKilled ? 0 : 1) || (!isKilled && last !== ename))
      throw new Mismatch(`${program.name} should end with ${ename}: ${JSON.stringify(errors).slice(0, 1000)}`);
  }

  #mayBeKilled(ename: string | undefined, wanted?: string): boolean {
    // Who would have told how has died before.
    if (ename === 'Quicksand.KernelKilled' && wanted === 'Quicksand.KernelExited') return true;
    if (ename === 'Quicksand.KernelKilled' || ename === 'Quicksand.KernelStartFailed') return this.#wasKilled();
    return ename === 'Quicksand.HostClosing' && this.#options.ending() !== undefined;
  }

  /** The host may hear of it a little later than this program does it. */
  #wasKilled(): boolean {
    return this.killedAt > this.#begunAt - 1000;
  }
}

/** Something that the host promised does not hold. */
class Mismatch extends Error {}
