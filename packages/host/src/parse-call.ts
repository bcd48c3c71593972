import { type LifetimeChanges, SandboxError, lifetimeChangesSchema, lifetimeHeaders } from '@quicksand/protocol';
import type { Context as Call } from 'hono';
import type { z } from 'zod';
import { readBody } from './read-body.ts';

/** The JSON body of a request; an empty one is `{}`. Throws `invalid_json`, `invalid_request`, `body_too_large`. */
export async function parseBody<T>(schema: z.ZodType<T>, call: Call): Promise<T> {
  let body: unknown;
  try {
    const text = await readBody(call.req.raw);
    body = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (SandboxError.is(error)) throw error;
    throw new SandboxError('invalid_json', { message: 'the request body is not JSON', hint: 'send a JSON object' });
  }
  return parseValue(schema, body);
}

/** A value of a request; `name` says which in errors. Throws `invalid_request`. */
export function parseValue<T>(schema: z.ZodType<T>, value: unknown, name = ''): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    // What a name in an object must be is said one level below.
    const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
    const where = [...(name ? [name] : []), ...issue.path].join('.');
    return where ? `${where}: ${message}` : message;
  });
  throw new SandboxError('invalid_request', {
    message: problems.join('; '),
    hint: 'docs/protocol.md and /openapi.json describe every request',
    details: { problems },
  });
}

/** The parameters of the query. Throws `invalid_request`. */
export function parseQuery<T>(schema: z.ZodType<T>, call: Call): T {
  try {
    decodeURIComponent(new URL(call.req.url).search);
  } catch {
    throw new SandboxError('invalid_request', {
      message: 'the query of the URL is not percent-encoded UTF-8',
      hint: 'encode values with encodeURIComponent',
    });
  }
  return parseValue(schema, call.req.query());
}

/** A parameter of the path. Throws `invalid_request`. */
export function parseParameter(schema: z.ZodType<string>, call: Call, name: string): string {
  return parseValue(schema, call.req.param(name), name);
}

/** What the headers of a request say about the lifetime of its sandbox, where they say something. Throws `invalid_request`. */
export function parseLifetime(call: Call): LifetimeChanges | undefined {
  const sleepAfter = call.req.header(lifetimeHeaders.sleepAfter);
  const keepAlive = call.req.header(lifetimeHeaders.keepAlive);
  if (sleepAfter === undefined && keepAlive === undefined) return undefined;
  return parseValue(lifetimeChangesSchema, {
    ...(sleepAfter !== undefined && { sleepAfter: /^\d+$/.test(sleepAfter) ? Number(sleepAfter) : sleepAfter }),
    ...(keepAlive !== undefined && { keepAlive: keepAlive === 'true' || (keepAlive === 'false' ? false : keepAlive) }),
  });
}

/** True when the client says which event it has seen last. */
export function hasAfter(call: Call): boolean {
  return (call.req.header('Last-Event-ID') ?? call.req.query('after')) !== undefined;
}

/**
 * The id of the last event that the client has: the header, else `?after=`. A browser opens with the one and, where that connection breaks, sends the
 * other beside it. Throws `invalid_request`.
 */
export function parseAfter(call: Call): number {
  const given = call.req.header('Last-Event-ID') ?? call.req.query('after') ?? '0';
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new SandboxError('invalid_request', {
    message: `after: ${JSON.stringify(given)} is not the id of an event`,
    hint: 'send the number behind "id:" of the last event that you received, or 0',
  });
}
