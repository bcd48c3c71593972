import { SandboxError, requestLimits } from '@quicksand/protocol';

/** The text of a request's body. Throws `body_too_large`, without reading on, when it is longer than the limit. */
export async function readBody(request: Request): Promise<string> {
  const limit = requestLimits.bodyBytes;
  if (Number(request.headers.get('Content-Length') ?? 0) > limit) throw tooLarge(limit);
  // What says how long it is cannot be longer, and is read at once: over HTTP without a web stream.
  if (request.headers.has('Content-Length')) return assertLength(await request.text(), limit);
  if (!request.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function assertLength(text: string, limit: number): string {
  if (text.length > limit) throw tooLarge(limit);
  return text;
}

function tooLarge(limit: number): SandboxError {
  return new SandboxError('body_too_large', {
    message: `the request's body is longer than ${limit} bytes`,
    hint: 'send less, or write large data to a file of the sandbox',
    details: { limit },
  });
}
