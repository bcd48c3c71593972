import { type Fetcher, SandboxError } from '@quicksand/protocol';
import { toErrorResponse, toReason } from './error-response.ts';
import { toForwarded } from './forward.ts';
import { toGuarded } from './guard-body.ts';

/** The host at an address. Answers are passed on untouched; what no host said is an error in a host's form. */
export function createUrlHost(url: string, token: string | undefined): Fetcher {
  const base = parseBase(url);
  return {
    async fetch(request) {
      const forwarded = toForwarded(request, base, token);
      try {
        const response = await fetch(toGuarded(forwarded));
        if (response.status !== 401 || request.headers.has('Authorization')) return response;
        await response.body?.cancel();
        return toErrorResponse(unauthorized(base, token));
      } catch (error) {
        request.signal.throwIfAborted();
        return toErrorResponse(
          new SandboxError('connection_failed', {
            message: `the Worker cannot reach the host at ${base}: ${toReason(error)}`,
            hint: 'is `quicksand serve` running, and is QUICKSAND_URL its address?',
          }),
        );
      }
    },
  };
}

/** Throws `invalid_request` for what is no address of a host. */
function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url && usable && !url.username && !url.password && !url.search && !url.hash)
    return url.origin + url.pathname.replace(/\/+$/, '');
  throw new SandboxError('invalid_request', {
    // Not the value itself: it may hold a password.
    message: 'the variable QUICKSAND_URL is not the http or https address of a host, without name, password and query',
    hint: 'set it to the address that `quicksand serve` prints, such as http://127.0.0.1:7070',
  });
}

function unauthorized(base: string, token: string | undefined): SandboxError {
  return new SandboxError('unauthorized', {
    message:
      token === undefined
        ? `the host at ${base} asks for a token, and the Worker's secret QUICKSAND_TOKEN is not set`
        : `the host at ${base} refuses the token in the Worker's secret QUICKSAND_TOKEN`,
    hint: '`quicksand serve` prints the token when it starts; `wrangler secret put QUICKSAND_TOKEN` sets it',
  });
}
