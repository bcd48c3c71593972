import { type Fetcher, SandboxError } from '@quicksand/protocol';
import { toErrorResponse, toReason } from './error-response.ts';
import { toForwarded } from './forward.ts';
import { toGuarded } from './guard-body.ts';
import { type ContainerEnd, countSandboxes, waitForHealth, waitForSilence } from './host-health.ts';

/** What a {@link ContainerHost} is made of. */
export interface ContainerHostParts {
  readonly container: Container;
  readonly storage: Pick<DurableObjectStorage, 'setAlarm'>;
  /** What the host in the container asks for. Nobody but the object can reach it. */
  readonly token: string;
  /** How long a sandbox in the container is idle until it sleeps, unless its requests say otherwise; the container is stopped when none is awake. */
  readonly sleepAfterMs: number;
  /** Environment of the host in the container, beside its token. */
  readonly envVars: Readonly<Record<string, string>>;
}

const port = 7070;
/** How long the host may take to end its sandboxes before the container is destroyed. */
const stopMs = 15_000;
/** A container is looked after this often at least, in milliseconds. */
const longestLookMs = 60_000;
/** How long a container may take until its host answers, for example because its image has to be fetched first; and one that ran already. */
const readyMs = 90_000;
const awakeMs = 10_000;
/** How often a container is started that could not be started, such as one whose image could not be fetched, and how long to wait in between. */
const starts = 3;
const againMs = 500;
const SIGTERM = 15;

/**
 * The host in the container of a Durable Object: started when it is needed, stopped by the object's alarm when all its sandboxes sleep. What this remembers saves
 * questions and no more: an object that was evicted asks the container again, and the alarm is the runtime's.
 */
export class ContainerHost implements Fetcher {
  readonly #parts: ContainerHostParts;
  readonly #port: Fetcher;
  /** Settles when the host has answered; undefined when it must be asked. */
  #ready: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** Requests so far, and those whose answer has not begun. */
  #uses = 0;
  #waiting = 0;

  constructor(parts: ContainerHostParts) {
    this.#parts = parts;
    this.#port = parts.container.getTcpPort(port) as unknown as Fetcher;
  }

  /** Passes a request on, and starts the container for it where it does not run. Throws `backend_unavailable` and `request_timeout`. */
  async fetch(request: Request): Promise<Response> {
    this.#uses++;
    this.#waiting++;
    try {
      await this.#stopping;
      await (this.#ready ??= this.#start());
      return await this.#forward(request);
    } finally {
      this.#waiting--;
    }
  }

  /** Stops the container, unless something is asked of it or a sandbox is open in it; then it looks again later. */
  async alarm(): Promise<void> {
    if (!this.#parts.container.running) return;
    const uses = this.#uses;
    const busy = this.#waiting > 0 || (await countSandboxes(this.#port)) > 0;
    if (busy || uses !== this.#uses) return this.#lookLater();
    this.#stopping = this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    await this.#stopping;
  }

  async #forward(request: Request): Promise<Response> {
    try {
      const forwarded = toForwarded(request, 'http://sandbox', this.#parts.token);
      const response = await this.#port.fetch(toGuarded(forwarded));
      if (response.status !== 401 || request.headers.has('Authorization')) return response;
      // A container of an earlier version of the Worker, whose token was another.
      await response.body?.cancel();
      await this.#parts.container.destroy();
      throw new Error('it had another token, and was ended');
    } catch (error) {
      request.signal.throwIfAborted();
      this.#ready = undefined;
      return toErrorResponse(
        new SandboxError('connection_failed', {
          message: `the Durable Object cannot reach the host in its container: ${toReason(error)}`,
          hint: 'ask again: it is started anew when it has ended; the log of the container says why it did',
        }),
      );
    }
  }

  #start(): Promise<void> {
    const forget = (): void => {
      if (this.#ready === ready) this.#ready = undefined;
    };
    const open = async (): Promise<void> => {
      // Before the container: it never runs without something that will stop it.
      await this.#lookLater();
      for (let left = starts; ; left--) {
        const ran = this.#parts.container.running;
        const ended = this.#startOnce();
        const end = await waitForHealth(this.#port, { ended, readyMs: ran ? awakeMs : readyMs });
        if (end === 'well') {
          void ended.then(forget);
          return this.#lookLater();
        }
        // One that ran already is no more than what an earlier one left.
        if (!ran && end === 'late') throw toLateError();
        if (!ran && end !== 'late' && (end.status !== undefined || left <= 1)) throw toStartError(end);
        if (end === 'late') await this.#parts.container.destroy();
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    };
    const ready = open();
    ready.catch(forget);
    return ready;
  }

  /** Starts the container unless it runs already; settles when it has ended. */
  #startOnce(): Promise<ContainerEnd> {
    const { container, token, sleepAfterMs, envVars } = this.#parts;
    if (!container.running) {
      const limits = [`sleepAfterMs=${sleepAfterMs}`, envVars['QUICKSAND_LIMITS'] ?? ''].join(',');
      container.start({
        enableInternet: false,
        env: { ...envVars, QUICKSAND_LIMITS: limits, QUICKSAND_TOKEN: token },
      });
    }
    return container.monitor().then(
      () => ({ status: 0, reason: 'it ended with 0' }),
      (error: { exitCode?: number }) => ({ status: error.exitCode, reason: toReason(error) }),
    );
  }

  /** Sets the alarm, and lets the container outlive an object that is evicted before it. */
  async #lookLater(): Promise<void> {
    const { container, storage, sleepAfterMs } = this.#parts;
    const lookMs = Math.min(sleepAfterMs, longestLookMs);
    await storage.setAlarm(Date.now() + lookMs);
    // The alarm may be late; after that the runtime ends the container of an object that it has evicted.
    if (container.running) await container.setInactivityTimeout(lookMs * 2);
  }

  async #stop(): Promise<void> {
    const { container } = this.#parts;
    this.#ready = undefined;
    const ended = container.monitor().catch(() => {});
    container.signal(SIGTERM);
    await Promise.race([ended, waitForSilence(this.#port, stopMs)]);
    if (container.running) await container.destroy();
  }
}

function toLateError(): SandboxError {
  return new SandboxError('request_timeout', {
    message: `the host in the container was not well within ${readyMs / 1000} s`,
    hint: 'the log of the container says what it waits for',
  });
}

function toStartError({ reason }: ContainerEnd): SandboxError {
  return new SandboxError('backend_unavailable', {
    message: `the container ended before its host answered: ${reason}`,
    hint: 'the log of the container says why; isolation that cannot be enforced there is allowed to be missing by QUICKSAND_ALLOW_WEAK in envVars of the class',
  });
}
