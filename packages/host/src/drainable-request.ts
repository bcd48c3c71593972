/** How long the rest of a body is read that nobody wants, in all and without any of it coming, in milliseconds. */
const drainMs = 30_000;
const pauseMs = 1000;

/** A request whose body can be read to its end when its receiver has given it up. */
export interface DrainableRequest {
  readonly request: Request;
  /**
   * Reads what is left and drops it, for some seconds. Many clients read no answer before they have sent everything, and would lose one that comes
   * with the end of the connection. What stands between them and the host, as a Worker does, may end its own connection as soon as it has the answer.
   */
  drain(): Promise<void>;
}

/** The same request, with a body that can be drained. */
export function toDrainable(request: Request): DrainableRequest {
  const { url, method, headers, signal } = request;
  const reader = request.body?.getReader();
  if (!reader) return { request, drain: async () => {} };
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // Whoever cancels it does not cancel the source.
      cancel: () => {},
    },
    { highWaterMark: 0 },
  );
  const init: RequestInit & { duplex: 'half' } = { method, headers, signal, body, duplex: 'half' };
  return {
    request: new Request(url, init),
    async drain() {
      const stop = (): void => void reader.cancel().catch(() => {});
      const limit = setTimeout(stop, drainMs);
      const pause = setTimeout(stop, pauseMs);
      try {
        while (!(await reader.read()).done) pause.refresh();
      } catch {
        // The client is gone.
      } finally {
        clearTimeout(limit);
        clearTimeout(pause);
      }
    },
  };
}
