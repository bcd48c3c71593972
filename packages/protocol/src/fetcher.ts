/**
 * What every interface of the system is: a host, a Durable Object stub, a service binding.
 * `fetch` resolves as soon as headers are there and rejects only when no answer can be had.
 */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}
