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
  type FileChanges,
  type FileInfo,
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
export type { BaseExecOptions, CommandLine, ExecOptions, ExecResult, StreamOptions } from './exec-options.ts';
export type { ExecEvent, LogEvent } from './exec-event.ts';
export type { Execution, ExecutionError, ExecutionResult } from './execution.ts';
export type {
  DeleteFileResult,
  FileExistsResult,
  MkdirOptions,
  MkdirResult,
  MoveFileResult,
  UnpackedArchive,
} from './file-requests.ts';
export type { FileEncoding } from './file-options.ts';
export { type FileChunk, type FileMetadata, type FileStreamEvent, collectFile, streamFile } from './file-stream.ts';
export { getSandbox } from './get-sandbox.ts';
export type { ListFilesOptions, ListFilesResult } from './list-files.ts';
export type { ProcessOptions } from './process-options.ts';
export type { ProcessLogs } from './process-requests.ts';
export type { Process, ProcessStatus } from './process.ts';
export type { ReadFileOptions, ReadFileResult, ReadFileStreamResult } from './read-file.ts';
export type { Result } from './result.ts';
export type { OutputMessage, RunCodeOptions } from './run-code-options.ts';
export type { ResumeOptions } from './run-code-stream.ts';
export type { SandboxCommands } from './sandbox-commands.ts';
export type { SandboxFiles } from './sandbox-files.ts';
export type { SandboxOptions } from './sandbox-options.ts';
export type { SandboxNamespace, SandboxTarget } from './sandbox-target.ts';
export type { Sandbox } from './sandbox.ts';
export { type SSEStreamOptions, asyncIterableToSSEStream, responseToAsyncIterable } from './sse-streams.ts';
export { isExecResult, isProcess, isProcessStatus } from './type-guards.ts';
export type { UnsupportedMethods } from './unsupported.ts';
export type { WaitForExitResult } from './wait-for-exit.ts';
export type { WaitForLogResult } from './wait-for-log.ts';
export type { WaitForPortOptions } from './wait-for-port.ts';
export type { WriteFileOptions, WriteFileResult } from './write-file.ts';
