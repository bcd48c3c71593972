import type { Fetcher } from '@quicksand/protocol';

/** Sends every request to `url`, whatever host it names. */
export function createHttpFetcher(url: string): Fetcher {
  return {
    async fetch(request) {
      const { method, headers, signal } = request;
      const { pathname, search } = new URL(request.url);
      // Uploads as they come; what is JSON with its length.
      const body = method === 'PUT' || !request.body ? request.body : await request.arrayBuffer();
      return fetch(url + pathname + search, { method, headers, signal, ...(body && { body, duplex: 'half' }) });
    },
  };
}
