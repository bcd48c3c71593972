import { z } from 'zod';
import { SandboxError } from './sandbox-error.ts';

/** Headers that any request of a sandbox may carry: they change its lifetime, and one that starts it gives it that from the start. */
export const lifetimeHeaders = { sleepAfter: 'Quicksand-Sleep-After', keepAlive: 'Quicksand-Keep-Alive' } as const;

const fields = {
  /** Milliseconds without any use after which the sandbox sleeps. */
  sleepAfter: z
    .int('must be a whole number of milliseconds')
    .positive('must be more than 0 milliseconds')
    .max(2 ** 31 - 1, 'must be at most 2147483647 milliseconds'),
  /** True: it never sleeps. */
  keepAlive: z.boolean('must be true or false'),
};

/** How long a sandbox lives without being used. */
export const lifetimeSchema = z.object(fields);

/** Body of `PATCH /v1/sandboxes/:id`. */
export const lifetimeChangesSchema = z.strictObject(fields).partial();

export type Lifetime = z.infer<typeof lifetimeSchema>;
export type LifetimeChanges = z.infer<typeof lifetimeChangesSchema>;

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Cloudflare's way to write a time, in milliseconds: seconds, or text such as `'10m'`. Throws `invalid_request`. */
export function parseSleepAfter(text: string | number): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(String(text)) ?? [];
  const seconds = typeof text === 'number' ? text : Number(count) * (secondsByUnit[unit ?? ''] ?? Number.NaN);
  const parsed = lifetimeSchema.shape.sleepAfter.safeParse(Math.round(seconds * 1000));
  if (parsed.success) return parsed.data;
  throw new SandboxError('invalid_request', {
    message: `sleepAfter: ${JSON.stringify(text)} is no time after which a sandbox can sleep`,
    hint: 'give seconds, or text such as "30s", "10m", "1h"; 24 days at most',
  });
}
