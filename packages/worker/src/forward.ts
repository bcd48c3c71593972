/** A request for another server: the same method, path, query, headers and body, under `base`, with the token unless it carries one. */
export function toForwarded(request: Request, base: string, token: string | undefined): Request {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  if (token !== undefined && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${token}`);
  return new Request(base + pathname + search, {
    method: request.method,
    headers,
    body: request.body,
    signal: request.signal,
    // A redirected POST would become a GET, and the token would follow to a stranger.
    redirect: 'manual',
  });
}
