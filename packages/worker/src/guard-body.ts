import { openByteReader } from '@quicksand/protocol';

/**
 * A request whose body, when it breaks off, ends the request. The Workers runtime ends a broken body of unknown length as if it were whole, on its way to
 * a container or to a server, and the host would keep half a file. A body whose length is known is not read here: the host sees itself what is missing.
 */
export function toGuarded(request: Request): Request {
  if (!request.body || request.headers.has('Content-Length')) return request;
  const reader = openByteReader(request.body);
  const broken = new AbortController();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          broken.abort(error);
          // Neither end nor error may come before the request has ended.
          await new Promise(() => {});
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const { method, headers } = request;
  const signal = AbortSignal.any([request.signal, broken.signal]);
  return new Request(request.url, { method, headers, body, signal, redirect: 'manual' });
}
