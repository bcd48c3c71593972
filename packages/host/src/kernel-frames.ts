import { isUtf8 } from 'node:buffer';
import { type ErrorPayload, type Frame, errorPayloadSchema, kernelResultSchema } from '@quicksand/protocol';
import type { z } from 'zod';
import { isHandyJson } from './is-handy-json.ts';
import { LongText } from './long-text.ts';
import { type ReceivedResult, toReceivedResult } from './received-result.ts';

// Everything here comes from hostile code: what is not exactly right is a violation.

/** Thrown for a frame that a kernel may not send; the kernel is ended for it. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

/** What a frame of a running kernel means. */
export type KernelMessage =
  | { readonly type: 'text'; readonly stream: 'stdout' | 'stderr'; readonly text: string | LongText }
  | { readonly type: 'result'; readonly result: ReceivedResult }
  | { readonly type: 'error'; readonly payload: ErrorPayload }
  | { readonly type: 'barrier'; readonly sequence: number; readonly stdout: boolean; readonly stderr: boolean }
  | { readonly type: 'done' }
  | { readonly type: 'interrupted' };

/** Checks and reads one frame of a kernel. Throws {@link ProtocolViolation}. */
export function parseKernelFrame({ kind, payload }: Frame): KernelMessage {
  switch (kind) {
    case 'stdout':
    case 'stderr':
      return { type: 'text', stream: kind, text: LongText.from(toUtf8(payload, kind)) };
    case 'result':
      return { type: 'result', result: toReceivedResult(parseJson(payload, kernelResultSchema, kind), payload.length) };
    case 'error':
      return { type: 'error', payload: parseJson(payload, errorPayloadSchema, kind) };
    case 'barrier':
      return parseBarrier(payload);
    case 'done':
    case 'interrupted':
      if (payload.length > 0) throw new ProtocolViolation(`a ${kind} frame with a payload`);
      return { type: kind };
    default:
      throw new ProtocolViolation(`a ${kind} frame from a running kernel`);
  }
}

function toUtf8(payload: Uint8Array, kind: string): Buffer {
  if (payload.length === 0) throw new ProtocolViolation(`an empty ${kind} frame`);
  if (!isUtf8(payload)) throw new ProtocolViolation(`a ${kind} frame that is not UTF-8`);
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length);
}

/** The JSON of a frame. Throws {@link ProtocolViolation} when it is none, or not what it must be. */
export function parseJson<T>(payload: Uint8Array, schema: z.ZodType<T>, kind: string): T {
  if (!isHandyJson(payload))
    throw new ProtocolViolation(`a ${kind} frame that is nested too deep or has too many values`);
  let value: unknown;
  try {
    value = JSON.parse(toUtf8(payload, kind).toString());
  } catch (error) {
    if (error instanceof ProtocolViolation) throw error;
    throw new ProtocolViolation(`a ${kind} frame that is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProtocolViolation(`a ${kind} frame of the wrong shape: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return parsed.data;
}

function parseBarrier(payload: Uint8Array): KernelMessage {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const mask = payload.length === 5 ? view.getUint8(4) : 0;
  if (mask < 1 || mask > 3) throw new ProtocolViolation('a barrier frame of the wrong shape');
  return { type: 'barrier', sequence: view.getUint32(0, true), stdout: (mask & 1) !== 0, stderr: (mask & 2) !== 0 };
}
