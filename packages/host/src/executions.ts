import { randomUUID } from 'node:crypto';
import { type ExecutionRequest, SandboxError, requestLimits } from '@quicksand/protocol';
import { interruptedBy } from './cause.ts';
import type { Context } from './context.ts';
import { RunStore } from './run-store.ts';
import { Execution } from './execution.ts';
import { type FileTracker, blindTracker } from './file-agents.ts';
import type { HostLimits } from './host-limits.ts';
import type { Metrics } from './metrics.ts';
import type { Sandboxes } from './sandboxes.ts';
import { toTimeout } from './timeout.ts';

/** Runs code in sandboxes, and finds again what runs. */
export class Executions {
  readonly store: RunStore<Execution>;
  readonly #sandboxes: Sandboxes;
  readonly #limits: HostLimits;
  readonly #metrics: Metrics;

  constructor(sandboxes: Sandboxes, limits: HostLimits, metrics: Metrics) {
    this.#sandboxes = sandboxes;
    this.#limits = limits;
    this.#metrics = metrics;
    this.store = new RunStore(limits);
  }

  /**
   * Queues code, or attaches to the execution that has the request's id (it never runs twice). Throws `code_too_long`, `language_mismatch`,
   * `context_not_found`, `execution_conflict`, `too_many_executions` and what starting a sandbox throws.
   */
  async start(sandboxId: string, request: ExecutionRequest): Promise<Execution> {
    const { executionId = randomUUID() } = request;
    const known = this.store.find(sandboxId, executionId);
    if (known) return assertSame(await known, request);
    assertLength(request.code);
    const { defaultTimeoutMs, maxTimeoutMs } = this.#limits;
    const timeoutMs = toTimeout(request.timeout ?? Math.min(defaultTimeoutMs, maxTimeoutMs), this.#limits);
    return this.store.add(sandboxId, executionId, async () => {
      const context = await this.#findContext(sandboxId, request);
      const limits = this.#limits;
      const openTracker = request.trackFiles ? this.#toTracking(sandboxId) : undefined;
      const parts = { request, timeoutMs, limits, context, onChartFailure: this.#onChartFailure, openTracker };
      const execution = new Execution({ id: executionId, ...parts });
      context.enqueue(execution);
      void execution.ended.then(() => this.#metrics.countExecution(execution.outcome ?? 'killed'));
      return execution;
    });
  }

  // Functions of their own, which do not hold the request: an execution that has ended is kept for a while.

  readonly #onChartFailure = (): void => this.#metrics.countChartFailure();

  #toTracking(sandboxId: string): () => Promise<FileTracker> {
    return () =>
      this.#sandboxes.find(sandboxId).then(
        ({ files }) => files.openTracker(),
        () => blindTracker,
      );
  }

  /** Throws `execution_not_found`. */
  async find(sandboxId: string, executionId: string): Promise<Execution> {
    const found = await this.store.find(sandboxId, executionId);
    if (found) return found;
    throw new SandboxError('execution_not_found', {
      message: `sandbox ${sandboxId} has no execution ${executionId}`,
      hint: 'an execution is forgotten some minutes after its end',
      details: { sandboxId, executionId },
    });
  }

  /** Interrupts an execution, queued or running. False when it had already ended. */
  async cancel(sandboxId: string, executionId: string): Promise<boolean> {
    const execution = await this.find(sandboxId, executionId);
    if (execution.phase === 'ended') return false;
    execution.stop(interruptedBy('it was cancelled'));
    return true;
  }

  async #findContext(sandboxId: string, { contextId, language }: ExecutionRequest): Promise<Context> {
    if (contextId === undefined) {
      return this.#sandboxes.use(sandboxId, (sandbox) => sandbox.defaultContext(language ?? 'python'));
    }
    const sandbox = await this.#sandboxes.find(sandboxId).catch((error: unknown) => {
      throw SandboxError.is(error) && error.code === 'sandbox_not_found'
        ? new SandboxError('context_not_found', {
            message: `${error.message}, so it has no context ${contextId}`,
            hint: error.hint,
          })
        : error;
    });
    const context = sandbox.getContext(contextId);
    if (language !== undefined && language !== context.language) {
      throw new SandboxError('language_mismatch', {
        message: `context ${contextId} runs ${context.language}, not ${language}`,
        hint: 'leave the language out, or use a context of that language',
        details: { contextId, contextLanguage: context.language, language },
      });
    }
    return context;
  }
}

function assertLength(code: string): void {
  const length = Buffer.byteLength(code);
  if (length <= requestLimits.codeBytes) return;
  throw new SandboxError('code_too_long', {
    message: `the code is ${length} bytes long; the limit is ${requestLimits.codeBytes}`,
    hint: 'put large data into a file of the sandbox and read it from there',
    details: { length, limit: requestLimits.codeBytes },
  });
}

/** An id names one piece of code for ever. */
function assertSame(execution: Execution, request: ExecutionRequest): Execution {
  if (execution.runs(request.code)) return execution;
  throw new SandboxError('execution_conflict', {
    message: `execution ${execution.id} exists and runs other code`,
    hint: 'choose a new executionId for new code',
    details: { executionId: execution.id },
  });
}
