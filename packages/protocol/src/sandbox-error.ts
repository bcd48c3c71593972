import { type ErrorCode, errorCodes, isErrorCode } from './error-codes.ts';

const brand = Symbol.for('quicksand.SandboxError');

/** What a {@link SandboxError} is made of, beside its code. */
export interface SandboxErrorInit {
  /** What happened, with values. */
  readonly message: string;
  /** What the caller can do about it. */
  readonly hint?: string | undefined;
  /** Values for programs: ids, limits, positions. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** The JSON body of every answer that is not a success. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly details?: Readonly<Record<string, unknown>> | undefined;
  };
}

/**
 * The one error class of Quicksand. Code of a user that fails is not an error of this kind: it arrives as an `error` event.
 *
 * @example
 * try { await sandbox.runCode('1+1', { timeout: -1 }) } catch (error) {
 *   if (SandboxError.is(error) && error.code === 'invalid_request') console.error(error.hint)
 * }
 */
export class SandboxError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, init: SandboxErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'SandboxError';
    this.code = code;
    this.hint = init.hint;
    this.details = init.details;
    Object.defineProperty(this, brand, { value: true });
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return errorCodes[this.code].status;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** True for a SandboxError of any copy of this package. Never use `instanceof` across packages. */
  static is(value: unknown): value is SandboxError {
    return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true;
  }

  /** The body that the host answers with. Carries no stack and no cause. */
  toBody(): ErrorBody {
    const { code, message, hint, details } = this;
    return { error: { code, message, ...(hint && { hint }), ...(details && { details }) } };
  }

  /** Reads an answer's body; undefined when it is not an error body of ours. */
  static fromBody(body: unknown): SandboxError | undefined {
    const error = (body as Partial<ErrorBody> | null | undefined)?.error;
    if (!error || !isErrorCode(error.code) || typeof error.message !== 'string') return undefined;
    return new SandboxError(error.code, { message: error.message, hint: error.hint, details: error.details });
  }
}
