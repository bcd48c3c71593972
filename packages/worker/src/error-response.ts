import type { SandboxError } from '@quicksand/protocol';

/** An error as a host would answer it, so that the sdk throws it where the code was asked for. */
export function toErrorResponse(error: SandboxError): Response {
  return Response.json(error.toBody(), {
    status: error.status,
    ...(error.retryable && error.status === 503 && { headers: { 'Retry-After': '1' } }),
  });
}

/** What went wrong, in few words. */
export function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
