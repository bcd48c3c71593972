/** Whose doing an error is: the caller's request, the host, or the way between them. */
export type Fault = 'caller' | 'host' | 'connection';

/** What an error code means: whose fault it is, its HTTP status, and whether the same call may succeed later. */
export interface ErrorCodeEntry {
  readonly fault: Fault;
  readonly status: number;
  readonly retryable: boolean;
}

const caller = (status: number): ErrorCodeEntry => ({ fault: 'caller', status, retryable: false });
const busy = (status: number): ErrorCodeEntry => ({ fault: 'caller', status, retryable: true });
const host = (status: number, retryable: boolean): ErrorCodeEntry => ({ fault: 'host', status, retryable });

/** Every error code of the system, written once. The host answers with `status`; the sdk throws the same code. */
export const errorCodes = {
  invalid_request: caller(400),
  invalid_json: caller(400),
  upload_cut: caller(400),
  unauthorized: caller(401),
  permission_denied: caller(403),
  route_not_found: caller(404),
  sandbox_not_found: caller(404),
  context_not_found: caller(404),
  execution_not_found: caller(404),
  command_not_found: caller(404),
  process_not_found: caller(404),
  file_not_found: caller(404),
  method_not_allowed: caller(405),
  command_timeout: caller(408),
  process_timeout: caller(408),
  transfer_stalled: caller(408),
  execution_conflict: caller(409),
  command_conflict: caller(409),
  process_conflict: caller(409),
  command_stopped: caller(409),
  process_exited: caller(409),
  file_exists: caller(409),
  file_changed: caller(409),
  is_directory: caller(409),
  not_a_directory: caller(409),
  not_regular: caller(409),
  events_gone: caller(410),
  body_too_large: caller(413),
  file_too_large: caller(413),
  range_not_satisfiable: caller(416),
  code_too_long: caller(422),
  language_mismatch: caller(422),
  cwd_unusable: caller(422),
  packages_unusable: caller(422),
  program_not_found: caller(422),
  program_unusable: caller(422),
  name_too_long: caller(422),
  link_loop: caller(422),
  archive_invalid: caller(422),
  file_operation_failed: caller(422),
  too_many_executions: busy(429),
  too_many_contexts: busy(429),
  too_many_commands: busy(429),
  too_many_file_operations: busy(429),
  too_many_sandboxes: busy(429),
  internal: host(500, false),
  unsupported: host(501, false),
  kernel_start_failed: host(503, true),
  command_start_failed: host(503, true),
  sandbox_start_failed: host(503, true),
  files_unavailable: host(503, true),
  host_closing: host(503, true),
  backend_unavailable: host(503, false),
  environment_missing: host(503, false),
  disk_full: caller(507),
  connection_failed: { fault: 'connection', status: 502, retryable: true },
  stream_cut: { fault: 'connection', status: 502, retryable: true },
  bad_response: { fault: 'connection', status: 502, retryable: false },
  request_timeout: { fault: 'connection', status: 504, retryable: true },
} as const satisfies Record<string, ErrorCodeEntry>;

/** The name of an error, one of the keys of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** True when `value` is a code of the table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
