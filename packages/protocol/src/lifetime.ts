import { z } from 'zod';

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
