import { type FileInfo, type Operation, SandboxError, type ErrorBody, routePath, routes } from '@quicksand/protocol';
import type { Box } from './box.ts';
import type { Client } from './client.ts';
import type { Suite } from './suite.ts';

/** What the routes of files take beside JSON. */
export interface FileSending {
  readonly query?: Readonly<Record<string, string>>;
  readonly bytes?: RequestInit['body'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The files of one box, over the raw protocol. */
export class FileBox {
  readonly box: Box;
  readonly #client: Client;

  constructor(suite: Suite, box: Box = suite.box()) {
    this.box = box;
    this.#client = suite.client;
  }

  /** The answer of an operation. Throws the `SandboxError` of one that is not a success. */
  async send(operation: Operation, { query = {}, bytes, headers, signal }: FileSending = {}): Promise<Response> {
    const path = `${routePath(operation, { sandboxId: this.box.id })}?${new URLSearchParams(query)}`;
    const response = await this.#client.send(routes[operation].method, path, {
      ...(bytes !== undefined && { bytes }),
      ...(headers && { headers }),
      ...(signal && { signal }),
    });
    if (response.ok) return response;
    throw SandboxError.fromBody((await response.json()) as ErrorBody) ?? new Error(`status ${response.status}`);
  }

  async json<T>(operation: Operation, sending?: FileSending): Promise<T> {
    return (await (await this.send(operation, sending)).json()) as T;
  }

  write(path: string, bytes: RequestInit['body']): Promise<{ path: string; size: number }> {
    return this.json('writeFile', { query: { path }, bytes });
  }

  async read(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return (await this.send('readFile', { query: { path }, headers })).text();
  }

  async readBytes(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.send('readFile', { query: { path } })).arrayBuffer());
  }

  async remove(path: string): Promise<void> {
    await this.send('deleteFile', { query: { path } });
  }

  stat(path: string): Promise<FileInfo> {
    return this.json('statFile', { query: { path } });
  }

  /** All pages of a folder. */
  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<FileInfo[]> {
    const files: FileInfo[] = [];
    let after: string | undefined;
    do {
      const page = await this.json<{ files: FileInfo[]; next?: string }>('listFiles', {
        query: { path, ...query, ...(after !== undefined && { after }) },
      });
      files.push(...page.files);
      after = page.next;
    } while (after !== undefined);
    return files;
  }

  async mkdir(path: string, recursive = false): Promise<void> {
    await this.#client.call('mkdir', { sandboxId: this.box.id }, { path, recursive });
  }

  move(from: string, to: string): Promise<{ path: string }> {
    return this.#client.call('moveFile', { sandboxId: this.box.id }, { from, to });
  }
}

/** The code of the error that a promise rejects with; `none` where it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (SandboxError.is(error) ? error.code : String(error)),
  );
}
