import { z } from 'zod';
import { lifetimeSchema } from './lifetime.ts';
import { languages } from './requests.ts';

const iso = z.iso.datetime();

/** A context as the host describes it. Dates are ISO 8601 strings in UTC. */
export const contextSchema = z.object({
  id: z.string(),
  language: z.enum(languages),
  cwd: z.string(),
  createdAt: iso,
  lastUsed: iso,
  /** `idle`: waits for code; `busy`: runs code; `restarting`: its next execution gets a new, empty kernel; `dead`: deleted. */
  status: z.enum(['idle', 'busy', 'restarting', 'dead']),
  /** Number of the last execution that began in this kernel; 0 before the first. */
  executionCount: z.int().nonnegative(),
  /** Executions that wait for their turn. */
  queued: z.int().nonnegative(),
  /** How often the kernel was replaced, and why the last time. */
  restarts: z.int().nonnegative(),
  lastRestart: z.object({ at: iso, reason: z.string() }).optional(),
});

/** `GET …/contexts`. */
export const contextListSchema = z.object({ contexts: z.array(contextSchema) });

/** A sandbox as the host describes it. */
export const sandboxSchema = z.object({
  id: z.string(),
  createdAt: iso,
  lastUsed: iso,
  backend: z.enum(['namespaces', 'gvisor', 'none']),
  contexts: z.array(contextSchema),
  ...lifetimeSchema.shape,
});

/** `GET /v1/sandboxes`. */
export const sandboxListSchema = z.object({ sandboxes: z.array(sandboxSchema) });

/** `GET /health`. */
export const healthSchema = z.object({
  status: z.enum(['ok', 'closing']),
  version: z.string(),
  backend: z.enum(['namespaces', 'gvisor', 'none']),
  languages: z.array(z.enum(languages)),
  sandboxes: z.int().nonnegative(),
  uptimeMs: z.number(),
});

/** Answer of an interrupt: whether code was running, and which execution. */
export const interruptSchema = z.object({ interrupted: z.boolean(), executionId: z.string().optional() });

/** The body of every answer that is not a success. */
export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

export type ContextInfo = z.infer<typeof contextSchema>;
export type SandboxInfo = z.infer<typeof sandboxSchema>;
export type HealthInfo = z.infer<typeof healthSchema>;
export type InterruptInfo = z.infer<typeof interruptSchema>;
