import type { Fetcher } from '@quicksand/protocol';

/** Sends every request to `url`, whatever host it names. */
export function createHttpFetcher(url: string): Fetcher {
  return {
    async fetch(request) {
      const { method, headers, signal } = request;
      const { pathname, search } = new URL(request.url);
      const body = request.body ? await request.arrayBuffer() : undefined;
      return fetch(url + pathname + search, { method, headers, signal, ...(body && { body }) });
    },
  };
}
