import type { Fetcher } from '@quicksand/protocol';

/** A connection that breaks after some bytes, the first three times that events are read. */
export function createFlakyFetcher(fetcher: Fetcher): Fetcher & { readonly cuts: number } {
  let cuts = 0;
  return {
    get cuts() {
      return cuts;
    },
    async fetch(request) {
      const response = await fetcher.fetch(request);
      if (!response.body || cuts >= 3 || !response.headers.get('Content-Type')?.startsWith('text/event-stream'))
        return response;
      cuts++;
      const reader = response.body.getReader();
      let left = 300;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          controller.enqueue(value.subarray(0, left));
          left -= value.length;
          if (left > 0) return;
          controller.error(new TypeError('terminated'));
          await reader.cancel().catch(() => {});
        },
        cancel: (reason) => reader.cancel(reason),
      });
      return new Response(body, { status: response.status, headers: response.headers });
    },
  };
}
