import {
  type ContextInfo,
  type ExecutionRequest,
  type SandboxInfo,
  SandboxError,
  type ErrorBody,
  routePath,
} from '@quicksand/protocol';
import type { Client } from './client.ts';
import { EventReader } from './event-reader.ts';
import type { Run } from './run.ts';

/** Fields of an execution beside its code. */
export type RunFields = Partial<Omit<ExecutionRequest, 'code'>>;

/** One sandbox of the target, for one case. */
export class Box {
  readonly id: string;
  readonly #client: Client;

  constructor(client: Client, id: string) {
    this.#client = client;
    this.id = id;
  }

  get path(): string {
    return `/v1/sandboxes/${this.id}`;
  }

  /** Starts code; settles when the stream has opened. */
  async start(code: string, fields: RunFields = {}): Promise<EventReader> {
    return new EventReader(await this.post(code, fields));
  }

  /** Runs code to its end. */
  async run(code: string, fields: RunFields = {}): Promise<Run> {
    return (await this.start(code, fields)).rest();
  }

  /** The answer to code, unread. Throws the `SandboxError` of an answer that is not a success. */
  async post(code: string, fields: RunFields = {}): Promise<Response> {
    const response = await this.#client.send('POST', `${this.path}/executions`, { body: { code, ...fields } });
    if (response.ok) return response;
    throw SandboxError.fromBody((await response.json()) as ErrorBody) ?? new Error(`status ${response.status}`);
  }

  /** Reads the events of an execution after one of them. */
  async resume(executionId: string, after: number, headers: Record<string, string> = {}): Promise<EventReader> {
    const path = routePath('readEvents', { sandboxId: this.id, executionId });
    const byHeader = Object.keys(headers).length > 0;
    const response = await this.#client.send('GET', byHeader ? path : `${path}?after=${after}`, { headers });
    if (response.ok) return new EventReader(response, after);
    throw SandboxError.fromBody((await response.json()) as ErrorBody) ?? new Error(`status ${response.status}`);
  }

  cancel(executionId: string): Promise<{ interrupted: boolean; executionId: string }> {
    return this.#client.call('cancelExecution', { sandboxId: this.id, executionId });
  }

  createContext(body: object = {}): Promise<ContextInfo> {
    return this.#client.call('createContext', { sandboxId: this.id }, body);
  }

  getContext(contextId: string): Promise<ContextInfo> {
    return this.#client.call('getContext', { sandboxId: this.id, contextId });
  }

  async contexts(): Promise<ContextInfo[]> {
    const { contexts } = await this.#client.call<{ contexts: ContextInfo[] }>('listContexts', { sandboxId: this.id });
    return contexts;
  }

  /** The only context: the default one, where no other was made. */
  async defaultContext(): Promise<ContextInfo> {
    const [context, second] = await this.contexts();
    if (!context || second) throw new Error('not exactly one context');
    return context;
  }

  deleteContext(contextId: string): Promise<void> {
    return this.#client.call('deleteContext', { sandboxId: this.id, contextId });
  }

  interrupt(contextId: string): Promise<{ interrupted: boolean; executionId?: string }> {
    return this.#client.call('interruptContext', { sandboxId: this.id, contextId });
  }

  restart(contextId: string): Promise<ContextInfo> {
    return this.#client.call('restartContext', { sandboxId: this.id, contextId });
  }

  info(): Promise<SandboxInfo> {
    return this.#client.call('getSandbox', { sandboxId: this.id });
  }

  destroy(): Promise<void> {
    return this.#client.call('deleteSandbox', { sandboxId: this.id });
  }
}
