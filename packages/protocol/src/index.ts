export { type ErrorCode, type ErrorCodeEntry, type Fault, errorCodes, isErrorCode } from './error-codes.ts';
export {
  type ChartData,
  type ContextState,
  type ErrorPayload,
  type ExecutionEvent,
  type Outcome,
  type ResultPayload,
  type StreamingEvent,
  type Usage,
  chartDataSchema,
  errorPayloadSchema,
  executionEventSchema,
  resultPayloadSchema,
} from './events.ts';
export type { Fetcher } from './fetcher.ts';
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
  languages,
  onDisconnectSchema,
  requestLimits,
  sandboxIdSchema,
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
export { type ParseSSEOptions, type SSEMessage, decodeSSE, encodeSSE, heartbeat, parseSSEStream } from './sse-codec.ts';
