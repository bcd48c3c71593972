/** A program that plots, and what its chart must be: numbers are those of the program, fields that are not named may be anything. */
export interface Plot {
  readonly code: string;
  readonly type: string;
  readonly library?: string;
  readonly title?: string;
  /** One for each series of the chart. */
  readonly series?: readonly Record<string, unknown>[];
  /** One for each coordinate system, as far as it matters. */
  readonly axes?: readonly Record<string, unknown>[];
  /** The whole of `data`, where it is the specification of another library. */
  readonly data?: object;
  readonly layout?: Record<string, unknown>;
  readonly config?: Record<string, unknown>;
}
