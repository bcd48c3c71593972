import { z } from 'zod';

/** The languages a context may have. */
export const languages = ['python', 'javascript', 'typescript'] as const;

/** The language of a context or of an execution. */
export type Language = (typeof languages)[number];

/** Limits of requests that every host keeps. */
export const requestLimits = {
  /** Length of a piece of code, in bytes of UTF-8. */
  codeBytes: 1024 * 1024,
  /** Length of a request's JSON body, in bytes. */
  bodyBytes: 8 * 1024 * 1024,
  /** Default and largest timeout of an execution, in milliseconds; the host's option may lower the largest. */
  defaultTimeoutMs: 60_000,
  maxTimeoutMs: 24 * 60 * 60 * 1000,
  /** Length of a command, or of one of its arguments, in bytes: Linux allows one byte more, for the NUL. */
  argumentBytes: 128 * 1024 - 1,
  /** Longest time a lost connection may be waited for, in milliseconds. */
  maxGraceMs: 5 * 60_000,
} as const;

const sandboxIdPattern = /^(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** The caller's name of a sandbox. */
export const sandboxIdSchema = z
  .string()
  .regex(
    sandboxIdPattern,
    'must be 1–63 characters of A–Z a–z 0–9 . _ -, first and last a letter or digit, without ".."',
  );

/** The name of an execution, the caller's or the host's. */
export const executionIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1–64 characters of A–Z a–z 0–9 _ -');

/** The name of a context, given by the host. */
export const contextIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id that the host gave');

const aliases = { js: 'javascript', node: 'javascript', ts: 'typescript' } as const satisfies Record<string, Language>;

/** All names of languages: the languages, and other names for them. */
export const languageNames = [...languages, ...(Object.keys(aliases) as Array<keyof typeof aliases>)] as const;

/** The language that a name stands for. */
export function toLanguage(name: (typeof languageNames)[number]): Language {
  return name in aliases ? aliases[name as keyof typeof aliases] : (name as Language);
}

const languageSchema = z
  .enum(languageNames, `must be one of ${languageNames.map((name) => `"${name}"`).join(', ')}`)
  .transform(toLanguage);

/** The name and the value of an environment variable. */
export const envNameSchema = z
  .string()
  .regex(/^[^=\0]+$/, 'names must not be empty or contain "=" or NUL')
  .refine((name) => name.isWellFormed(), 'names must be whole characters');
export const envValueSchema = z
  .string()
  .refine((value) => !value.includes('\0'), 'values must not contain NUL')
  .refine((value) => value.isWellFormed(), 'values must be whole characters');

/** Environment variables by their names. By itself a record would leave `__proto__` out, and say nothing. */
export function toEnvSchema<Value extends z.ZodType>(value: Value) {
  return z.preprocess(
    (given, context) => {
      if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__'))
        context.addIssue({ code: 'custom', path: ['__proto__'], message: 'is no name for a variable' });
      return given;
    },
    z.record(envNameSchema, value),
  );
}

/** Environment variables. */
export const envVarsSchema = toEnvSchema(envValueSchema);

/** A folder inside a sandbox. */
export const cwdSchema = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'must be at most 4096 characters')
  .refine((path) => path.startsWith('/'), 'must be an absolute path inside the sandbox, such as "/workspace"')
  .refine((path) => !path.includes('\0'), 'must not contain NUL')
  .refine((path) => path.isWellFormed(), 'must be whole characters');

/** A timeout in milliseconds. */
export const timeoutSchema = z
  .int('must be a whole number of milliseconds')
  .positive('must be more than 0 milliseconds')
  .max(
    requestLimits.maxTimeoutMs,
    `must be at most ${requestLimits.maxTimeoutMs} milliseconds, and a host may allow less`,
  );

/** What a lost connection means (R9). */
export const onDisconnectSchema = z.union(
  [z.literal('interrupt'), z.strictObject({ graceMs: z.int().nonnegative().max(requestLimits.maxGraceMs) })],
  `must be "interrupt" or {"graceMs": a whole number, ${requestLimits.maxGraceMs} at most}`,
);

/** Body of `POST /v1/sandboxes/:id/executions`. */
export const executionRequestSchema = z.strictObject({
  code: z.string('must be a string of code').min(1, 'must not be empty'),
  contextId: contextIdSchema.optional(),
  language: languageSchema.optional(),
  envVars: envVarsSchema.optional(),
  timeout: timeoutSchema.optional(),
  executionId: executionIdSchema.optional(),
  /** Whether results that show plots have a `chart`; true where it is left out. */
  charts: z.boolean('must be true or false').optional(),
  /** Whether `execution_complete` says which files were created, changed and deleted; false where it is left out. */
  trackFiles: z.boolean('must be true or false').optional(),
  onDisconnect: onDisconnectSchema.optional(),
});

/** Body of `POST /v1/sandboxes/:id/contexts`. */
export const contextRequestSchema = z.strictObject({
  language: languageSchema.optional(),
  cwd: cwdSchema.optional(),
  envVars: envVarsSchema.optional(),
});

/** Body of `POST /v1/sandboxes/:id/executions`, parsed. */
export type ExecutionRequest = z.infer<typeof executionRequestSchema>;
/** Body of `POST /v1/sandboxes/:id/contexts`, parsed. */
export type ContextRequest = z.infer<typeof contextRequestSchema>;
/** What a lost connection means: interrupt at once, or wait that long for a resume. */
export type OnDisconnect = z.infer<typeof onDisconnectSchema>;
