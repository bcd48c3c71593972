import {
  type ChartData,
  type KernelResult,
  type ResultPayload,
  chartDataSchema,
  chartSpecsSchema,
  toChart,
} from '@quicksand/protocol';

/** A result as it came from a kernel. */
export interface ReceivedResult {
  readonly payload: ResultPayload;
  /** Its size on the channel. */
  readonly bytes: number;
  /** True when what should have been a chart is none; the other formats are there. */
  readonly chartFailed: boolean;
}

/** Reads the chart of a result: one that the kernel made, or one that its specifications describe. A chart that is not right is dropped. */
export function toReceivedResult(
  { chart, specs, chartFailure, ...payload }: KernelResult,
  bytes: number,
): ReceivedResult {
  const read = chart !== undefined ? checkChart(chart) : specs !== undefined ? readSpecs(specs) : undefined;
  const wanted = chart !== undefined || specs !== undefined || chartFailure !== undefined;
  return { payload: read ? { ...payload, chart: read } : payload, bytes, chartFailed: wanted && !read };
}

function checkChart(chart: unknown): ChartData | undefined {
  const checked = chartDataSchema.safeParse(chart);
  return checked.success ? (checked.data as ChartData) : undefined;
}

function readSpecs(specs: unknown): ChartData | undefined {
  const checked = chartSpecsSchema.safeParse(specs);
  const chart = checked.success ? toChart(checked.data) : undefined;
  return chart && checkChart(chart);
}
