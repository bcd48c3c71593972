export {
  type ChartAxes,
  type ChartAxis,
  type ChartData,
  type ChartLayout,
  type ChartSeries,
  type ChartSeriesData,
  type ChartValue,
  type ContextState,
  type ErrorCode,
  type ExecutionEvent,
  type Fetcher,
  type Language,
  type OnDisconnect,
  type Outcome,
  SandboxError,
  type StreamingEvent,
  type Usage,
  parseSSEStream,
} from '@quicksand/protocol';
export type { CodeContext, CreateContextOptions } from './code-context.ts';
export type { CodeInterpreter } from './code-interpreter.ts';
export { Execution, type ExecutionError, type ExecutionResult } from './execution.ts';
export { getSandbox } from './get-sandbox.ts';
export type { Result } from './result.ts';
export type { OutputMessage, RunCodeOptions } from './run-code-options.ts';
export type { ResumeOptions } from './run-code-stream.ts';
export type { SandboxOptions } from './sandbox-options.ts';
export type { SandboxNamespace, SandboxTarget } from './sandbox-target.ts';
export type { Sandbox } from './sandbox.ts';
export type { UnsupportedMethods } from './unsupported.ts';
