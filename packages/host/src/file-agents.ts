import { type FileChanges, SandboxError, fileChangesSchema } from '@quicksand/protocol';
import { z } from 'zod';
import { type FileAgent, type FileOperation, type FileReply, unavailable, uploadCut } from './file-agent.ts';

/** Watches the workspace from {@link FileAgents.openTracker} on. */
export interface FileTracker {
  /** What has changed since then, and the end of it. What could not be found out is an empty list that says that it is not complete. */
  changes(): Promise<FileChanges>;
}

/** Of an operation, what is needed before it begins. */
type Asked = Pick<FileOperation<unknown>, 'fields' | 'signal'>;

/** How many operations of one sandbox go on at the same time, and how many may wait. */
const maxActive = 8;
const maxWaiting = 1000;

/** How long an agent that has nothing to do is kept, in milliseconds. */
const keepMs = 5000;

/** How long an execution waits for what it may do without, in milliseconds: code of its sandbox can stop the process that looks. */
const trackMs = 10_000;

const nothingKnown: FileChanges = { created: [], changed: [], deleted: [], truncated: true };

/** Stands for a tracker where there can be none. */
export const blindTracker: FileTracker = { changes: async () => nothingKnown };

/** The processes that work on the files of one sandbox: started when they are needed, and ended when they have not been for a while. */
export class FileAgents {
  readonly #open: () => Promise<FileAgent>;
  readonly #idle = new Map<FileAgent, NodeJS.Timeout>();
  readonly #all = new Set<FileAgent>();
  /** Their turns, in order. */
  readonly #waiting = new Set<() => void>();
  #active = 0;
  #lastUsed = 0;
  #hasWorked = false;
  #closed: SandboxError | undefined;

  constructor(open: () => Promise<FileAgent>) {
    this.#open = open;
  }

  /** True when nothing goes on and nothing has ever been done. */
  get unused(): boolean {
    return this.#active === 0 && !this.#hasWorked;
  }

  get isBusy(): boolean {
    return this.#active > 0;
  }

  /** When it was last busy, in milliseconds since 1970; 0 for never. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** Does one operation. Throws what {@link FileAgent.call} throws, `files_unavailable` and `too_many_file_operations`. */
  async call<T>(operation: FileOperation<T>): Promise<FileReply<T>> {
    await this.#enter(operation);
    let agent: FileAgent;
    try {
      agent = await this.#take();
      // It would end the agent, which can do something for others.
      if (operation.signal?.aborted) {
        this.#keep(agent);
        throw toGone(operation);
      }
    } catch (error) {
      this.#leave();
      throw error;
    }
    const { reply, free } = agent.call(operation);
    const freed = free.then(() => {
      this.#keep(agent);
      this.#leave();
    });
    try {
      const done = await reply;
      this.#hasWorked = true;
      return done;
    } catch (error) {
      await freed;
      throw error;
    }
  }

  /** Remembers what the workspace is like now. Where that cannot be done the tracker knows nothing. */
  async openTracker(): Promise<FileTracker> {
    try {
      const agent = await this.#take();
      await askAgent(agent, 'begin', z.object({}));
      return { changes: () => this.#endTracker(agent) };
    } catch {
      return blindTracker;
    }
  }

  async #endTracker(agent: FileAgent): Promise<FileChanges> {
    try {
      return await askAgent(agent, 'changes', fileChangesSchema);
    } catch {
      return nothingKnown;
    } finally {
      this.#keep(agent);
    }
  }

  /** Ends them all; what they do is told `error`. */
  async close(error: SandboxError): Promise<void> {
    this.#closed = error;
    const all = [...this.#all];
    for (const agent of all) agent.close(error);
    for (const next of this.#waiting) next();
    this.#waiting.clear();
    await Promise.all(all.map(({ ended }) => ended));
  }

  /** Waits for a turn; whoever goes away meanwhile waits no more. */
  async #enter(operation: Asked): Promise<void> {
    if (this.#active < maxActive) {
      this.#active++;
      return;
    }
    if (this.#waiting.size >= maxWaiting) {
      throw new SandboxError('too_many_file_operations', {
        message: `${maxActive} operations on files of the sandbox go on, and ${maxWaiting} wait`,
        hint: 'wait for some to end; many small files go faster as one archive',
        details: { active: maxActive, waiting: maxWaiting },
      });
    }
    const { signal } = operation;
    const turn = Promise.withResolvers<void>();
    const giveUp = (): void => {
      if (this.#waiting.delete(turn.resolve)) turn.reject(toGone(operation));
    };
    this.#waiting.add(turn.resolve);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted) giveUp();
    await turn.promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  #leave(): void {
    this.#lastUsed = Date.now();
    const [next] = this.#waiting;
    if (!next) {
      this.#active--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  async #take(): Promise<FileAgent> {
    if (this.#closed) throw this.#closed;
    // The one that was used last: it may remember what comes next, and the others end.
    for (const [agent, timer] of [...this.#idle].toReversed()) {
      clearTimeout(timer);
      this.#idle.delete(agent);
      if (!agent.hasEnded) return agent;
    }
    const agent = await this.#open();
    this.#all.add(agent);
    void agent.ended.then(() => this.#all.delete(agent));
    if (this.#closed) agent.close(this.#closed);
    return agent;
  }

  #keep(agent: FileAgent): void {
    if (agent.hasEnded) return;
    const end = (): void => {
      this.#idle.delete(agent);
      agent.close(unavailable('it had nothing to do'));
    };
    this.#idle.set(agent, setTimeout(end, keepMs).unref());
  }
}

function toGone({ fields, signal }: Asked): SandboxError {
  return uploadCut(fields.path ?? '', signal?.reason);
}

/** What an agent says that is used for nothing else meanwhile. */
async function askAgent<T>(agent: FileAgent, op: string, answer: z.ZodType<T>): Promise<T> {
  const { reply, free } = agent.call({ op, fields: { path: '/workspace' }, answer, idleMs: trackMs });
  return (await reply.finally(() => free)).answer;
}
