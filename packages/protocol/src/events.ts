import { z } from 'zod';
import { type FileChanges, fileChangesSchema } from './files.ts';
import { type ChartData, chartDataSchema } from './charts/chart-data.ts';

/** The event of Cloudflare's code interpreter, field for field. `runCodeStream` yields these as Server-Sent Events. */
export interface StreamingEvent {
  type: 'result' | 'stdout' | 'stderr' | 'error' | 'execution_complete';
  // For 'stdout' and 'stderr'; for 'result' the plain text form
  text?: string;
  timestamp?: number;
  // For 'result'
  html?: string;
  png?: string; // base64
  jpeg?: string; // base64
  svg?: string;
  latex?: string;
  markdown?: string;
  // oxlint-disable-next-line no-explicit-any -- types of calls between Workers refuse `unknown`
  json?: any;
  chart?: ChartData;
  // For 'error'
  ename?: string;
  evalue?: string;
  traceback?: string[];
  lineNumber?: number;
  // For 'execution_complete'
  execution_count?: number;
}

/** How an execution ended (R3). */
export type Outcome = 'ok' | 'error' | 'timeout' | 'interrupted' | 'killed';

/** Whether the context still holds its variables after the execution (R3). */
export type ContextState = 'kept' | 'lost';

/** What an execution cost. Times in milliseconds; `cpuMs` and `peakMemoryBytes` are 0 where the host could not read them. */
export interface Usage {
  wallMs: number;
  cpuMs: number;
  peakMemoryBytes: number;
}

/** What Quicksand sends: a {@link StreamingEvent} and further fields. */
export interface ExecutionEvent extends StreamingEvent {
  /** What this execution has shown before is to be cleared from view: the code asked for it. */
  clear?: true;
  // For 'result'
  javascript?: string;
  // oxlint-disable-next-line no-explicit-any -- as above
  metadata?: Record<string, any>;
  /** Names of formats left out because the result was larger than the limit. */
  truncated?: string[];
  // For 'execution_complete'
  outcome?: Outcome;
  state?: ContextState;
  usage?: Usage;
  /** Only where the request asked for it. */
  files?: FileChanges;
}

const text = z.string();
const clear = z.literal(true).optional();

/** The formats of one result. */
export const resultPayloadSchema = z.strictObject({
  text: text.optional(),
  html: text.optional(),
  png: text.optional(),
  jpeg: text.optional(),
  svg: text.optional(),
  latex: text.optional(),
  markdown: text.optional(),
  javascript: text.optional(),
  json: z.unknown().optional(),
  chart: chartDataSchema.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  truncated: z.array(text).optional(),
});

/**
 * What a kernel may send as a `result`; unknown fields are refused, since the kernel is hostile. A chart is not checked yet: one that is
 * not right is dropped, and the rest of the result stays.
 */
export const kernelResultSchema = resultPayloadSchema.extend({
  chart: z.unknown().optional(),
  /** Specifications of charts by mime type, of which the host makes `chart`. */
  specs: z.unknown().optional(),
  /** Nothing is shown; what was shown before is to be cleared. */
  clear,
  /** Why the kernel could make no chart of what it shows. */
  chartFailure: text.max(1000).optional(),
});

/** What a kernel may send as an `error`. */
export const errorPayloadSchema = z.strictObject({
  ename: text,
  evalue: text,
  traceback: z.array(text),
  lineNumber: z.int().positive().optional(),
});

/** An object that is shown: all of its formats. */
export type ResultPayload = z.infer<typeof resultPayloadSchema>;
/** The same as a kernel sends it. */
export type KernelResult = z.infer<typeof kernelResultSchema>;
/** What a kernel sends for code that failed. */
export type ErrorPayload = z.infer<typeof errorPayloadSchema>;

const usageSchema = z.object({ wallMs: z.number(), cpuMs: z.number(), peakMemoryBytes: z.number() });

/** One event of an execution stream: the JSON behind `data: `. Extra fields may be added; extra types may not. */
export const executionEventSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.enum(['stdout', 'stderr']), text, clear, timestamp: z.number() }),
  resultPayloadSchema.extend({ type: z.literal('result'), clear, timestamp: z.number() }).loose(),
  errorPayloadSchema.extend({ type: z.literal('error'), clear, timestamp: z.number() }).loose(),
  z.looseObject({
    type: z.literal('execution_complete'),
    timestamp: z.number(),
    execution_count: z.int().nonnegative(),
    outcome: z.enum(['ok', 'error', 'timeout', 'interrupted', 'killed']),
    state: z.enum(['kept', 'lost']),
    usage: usageSchema,
    files: fileChangesSchema.optional(),
    clear,
  }),
]);
