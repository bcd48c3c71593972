import type { ChartData, ExecutionEvent } from '@quicksand/protocol';

/** An object that the code displayed, in each format that it has. Binary formats are base64. */
export interface Result {
  text?: string;
  html?: string;
  png?: string;
  jpeg?: string;
  svg?: string;
  latex?: string;
  markdown?: string;
  javascript?: string;
  // oxlint-disable-next-line no-explicit-any -- the field's own type in the API that this one stands in for
  json?: any;
  chart?: ChartData;
  // oxlint-disable-next-line no-explicit-any
  data?: any;
  /** Beyond Cloudflare's API: what the code said about its formats, such as the size of a picture. */
  // oxlint-disable-next-line no-explicit-any -- types of calls between Workers refuse `unknown`
  metadata?: Record<string, any>;
  /** Beyond Cloudflare's API: formats left out because the result was larger than the limit. */
  truncated?: string[];
  /** Beyond Cloudflare's API: what was shown before is to be cleared from view. */
  clear?: true;
  /** Names of the formats that this result has, the plain text first. */
  formats(): string[];
}

const formatNames = ['text', 'html', 'png', 'jpeg', 'svg', 'latex', 'markdown', 'javascript', 'json', 'chart'] as const;
const fieldNames = [...formatNames, 'metadata', 'truncated', 'clear'] as const;

/** Makes a {@link Result} of a `result` event. `formats` is not enumerable, so that a result is copied and compared as the data it is. */
export function createResult(event: ExecutionEvent): Result {
  const fields = fieldNames.filter((name) => event[name] !== undefined).map((name) => [name, event[name]] as const);
  return Object.defineProperty(Object.fromEntries(fields), 'formats', {
    value(this: Result) {
      return formatNames.filter((name) => this[name] !== undefined);
    },
  }) as unknown as Result;
}
