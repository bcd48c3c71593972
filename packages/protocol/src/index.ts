export { type ByteReader, openByteReader } from './byte-reader.ts';
export {
  type CommandEvent,
  type CommandRequest,
  type PortQuery,
  type ProcessEvent,
  type ProcessInfo,
  type ProcessRequest,
  type SignalName,
  commandEventSchema,
  commandRequestSchema,
  envChangesSchema,
  envSchema,
  portQuerySchema,
  portStateSchema,
  processCountSchema,
  processEventSchema,
  processListSchema,
  processLogsSchema,
  processRequestSchema,
  processSchema,
  signalSchema,
} from './commands.ts';
export { type ErrorCode, type ErrorCodeEntry, type Fault, errorCodes, isErrorCode } from './error-codes.ts';
export { type ChartData, chartDataSchema } from './charts/chart-data.ts';
export { chartLayoutSchema, chartSeriesDataSchema } from './charts/chart-series-schema.ts';
export type {
  ChartArea,
  ChartAxes,
  ChartAxis,
  ChartBars,
  ChartBoxes,
  ChartError,
  ChartHeatmap,
  ChartHexbin,
  ChartHistogram,
  ChartLayout,
  ChartOther,
  ChartPaths,
  ChartPie,
  ChartPoints,
  ChartReference,
  ChartSeries,
  ChartSeriesBase,
  ChartSeriesData,
  ChartValue,
  ChartViolins,
} from './charts/chart-series.ts';
export { chartSpecsSchema, toChart } from './charts/to-chart.ts';
export {
  type ContextState,
  type ErrorPayload,
  type ExecutionEvent,
  type KernelResult,
  type Outcome,
  type ResultPayload,
  type StreamingEvent,
  type Usage,
  errorPayloadSchema,
  executionEventSchema,
  kernelResultSchema,
  resultPayloadSchema,
} from './events.ts';
export type { Fetcher } from './fetcher.ts';
export {
  type FileChanges,
  type FileInfo,
  archiveUnpackedSchema,
  fileChangesSchema,
  fileInfoSchema,
  fileListQuerySchema,
  fileListSchema,
  filePlaceSchema,
  fileQuerySchema,
  fileWrittenSchema,
  mkdirRequestSchema,
  moveRequestSchema,
} from './files.ts';
export {
  type Frame,
  type FrameKind,
  FrameDecoder,
  MalformedFrameError,
  encodeFrame,
  frameKinds,
  frameLimits,
} from './frame-codec.ts';
export { type HostFailure, hostFailurePrefix, hostFailures } from './host-failures.ts';
export {
  type Lifetime,
  type LifetimeChanges,
  lifetimeChangesSchema,
  lifetimeHeaders,
  lifetimeSchema,
  parseSleepAfter,
} from './lifetime.ts';
export { toOpenApi } from './openapi.ts';
export {
  type ContextRequest,
  type ExecutionRequest,
  type Language,
  type OnDisconnect,
  contextIdSchema,
  contextRequestSchema,
  executionIdSchema,
  executionRequestSchema,
  languageNames,
  languages,
  onDisconnectSchema,
  requestLimits,
  sandboxIdSchema,
  toLanguage,
} from './requests.ts';
export {
  type ContextInfo,
  type HealthInfo,
  type InterruptInfo,
  type SandboxInfo,
  contextListSchema,
  contextSchema,
  errorBodySchema,
  healthSchema,
  interruptSchema,
  sandboxListSchema,
  sandboxSchema,
} from './responses.ts';
export { type Operation, type Route, routePath, routes } from './routes.ts';
export { type ErrorBody, type SandboxErrorInit, SandboxError } from './sandbox-error.ts';
export {
  type ParseSSEOptions,
  type SSEMessage,
  decodeSSE,
  decodeSSEFrames,
  encodeSSE,
  formatSSE,
  heartbeat,
  parseSSEStream,
} from './sse-codec.ts';
