import { z } from 'zod';
import {
  cwdSchema,
  envValueSchema,
  envVarsSchema,
  executionIdSchema,
  onDisconnectSchema,
  requestLimits,
  timeoutSchema,
  toEnvSchema,
} from './requests.ts';

const encoder = new TextEncoder();

const argumentSchema = z
  .string('must be a string')
  .refine((text) => !text.includes('\0'), 'must not contain NUL')
  .refine(
    (text) => encoder.encode(text).length <= requestLimits.argumentBytes,
    `must be at most ${requestLimits.argumentBytes} bytes: put more into a file or into stdin`,
  );

const commandSchema = z.union(
  [argumentSchema.min(1, 'must not be empty'), z.tuple([argumentSchema.min(1, 'must not be empty')], argumentSchema)],
  'must be a line for the shell, or a list: a program and its arguments',
);

const fields = {
  /** A line for the shell, or a program and its arguments, which no shell sees. */
  command: commandSchema,
  cwd: cwdSchema.optional(),
  env: envVarsSchema.optional(),
  timeout: timeoutSchema.optional(),
  stdin: z.string().optional(),
};

/** Body of `POST /v1/sandboxes/:id/commands`. */
export const commandRequestSchema = z.strictObject({
  ...fields,
  commandId: executionIdSchema.optional(),
  onDisconnect: onDisconnectSchema.optional(),
});

/** Body of `POST /v1/sandboxes/:id/processes`. */
export const processRequestSchema = z.strictObject({
  ...fields,
  processId: executionIdSchema.optional(),
  autoCleanup: z.boolean().optional(),
});

/** Body of `PATCH /v1/sandboxes/:id/env`: null takes a variable away. */
export const envChangesSchema = z.strictObject({ envVars: toEnvSchema(envValueSchema.nullable()) });

/** Answer of the routes of `/env`. */
export const envSchema = z.object({ envVars: z.record(z.string(), z.string()) });

const signals = [
  'SIGTERM',
  'SIGKILL',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT',
] as const;

/** The signals that a process can be sent. */
export const signalSchema = z.enum(signals, `must be one of ${signals.join(', ')}`);

/** The name of a signal that a process can be sent. */
export type SignalName = z.infer<typeof signalSchema>;

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value <= max, `must be at most ${max}`);

/** What is waited for at `GET …/processes/:processId/ports/:port`; the values of a query are strings. */
export const portQuerySchema = z.strictObject({
  port: wholeNumber(65_535).refine((port) => port > 0, 'must be a port'),
  mode: z.enum(['http', 'tcp']).default('http'),
  path: z
    .string()
    .regex(/^\/[!-~]*$/, 'must begin with "/" and hold no spaces')
    .max(2000)
    .default('/'),
  statusMin: wholeNumber(599).default(200),
  statusMax: wholeNumber(599).default(399),
  interval: wholeNumber(60_000).default(500),
  wait: wholeNumber(25_000).default(0),
});

/** Answer of `GET …/processes/:processId/ports/:port`: `exited` where the process will never be ready. */
export const portStateSchema = z.object({ ready: z.boolean(), exited: z.boolean(), exitCode: z.int().optional() });

/** The state of a process: the words of Cloudflare's API. */
export const processStatuses = ['starting', 'running', 'completed', 'failed', 'killed', 'error'] as const;

/** A background process as the host describes it. */
export const processSchema = z.object({
  id: z.string(),
  /** As the sandbox itself sees it. */
  pid: z.int().optional(),
  command: z.string(),
  /** `completed`: ended with 0; `failed`: with another exit status; `killed`: by a signal, or the host ended it. */
  status: z.enum(processStatuses),
  startTime: z.iso.datetime(),
  endTime: z.iso.datetime().optional(),
  /** 128 and the number of the signal for a process that a signal ended. */
  exitCode: z.int().optional(),
  signal: z.string().optional(),
});

/** `GET …/processes`. */
export const processListSchema = z.object({ processes: z.array(processSchema) });

/** `DELETE …/processes`: how many were ended. `POST …/processes/cleanup`: how many were forgotten. */
export const processCountSchema = z.object({ count: z.int() });

/** `GET …/processes/:processId/logs`: `truncated` where the oldest output is no longer held. */
export const processLogsSchema = z.object({
  processId: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.boolean(),
});

const timestamp = z.iso.datetime();
const end = { exitCode: z.int(), signal: z.string().optional() };

/** One event of a command: the JSON behind `data: `. The last is `complete`. */
export const commandEventSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('start'), timestamp, command: z.string(), pid: z.int().optional() }),
  z.looseObject({ type: z.enum(['stdout', 'stderr']), timestamp, data: z.string() }),
  z.looseObject({ type: z.literal('error'), timestamp, error: z.string(), ename: z.string() }),
  z.looseObject({ type: z.literal('complete'), timestamp, ...end, duration: z.number() }),
]);

/** One event of a background process. The last is `exit`. */
export const processEventSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['stdout', 'stderr']), timestamp, data: z.string(), processId: z.string() }),
  z.looseObject({ type: z.literal('error'), timestamp, data: z.string(), processId: z.string(), ename: z.string() }),
  z.looseObject({ type: z.literal('exit'), timestamp, data: z.string(), processId: z.string(), ...end }),
]);

/** Body of `POST /v1/sandboxes/:id/commands`, parsed. */
export type CommandRequest = z.infer<typeof commandRequestSchema>;
/** Body of `POST /v1/sandboxes/:id/processes`, parsed. */
export type ProcessRequest = z.infer<typeof processRequestSchema>;
/** What is waited for at a port. */
export type PortQuery = z.infer<typeof portQuerySchema>;
/** A background process as the host describes it. */
export type ProcessInfo = z.infer<typeof processSchema>;
/** One event of a command. */
export type CommandEvent = z.infer<typeof commandEventSchema>;
/** One event of a background process. */
export type ProcessEvent = z.infer<typeof processEventSchema>;
