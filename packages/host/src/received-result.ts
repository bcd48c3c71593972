import {
  type ChartData,
  type KernelResult,
  type ResultPayload,
  chartDataSchema,
  chartLayoutSchema,
  chartSeriesDataSchema,
  chartSpecsSchema,
  toChart,
} from '@quicksand/protocol';

/** A result as it came from a kernel. */
export interface ReceivedResult {
  readonly payload: ResultPayload;
  /** Its size on the channel. */
  readonly bytes: number;
  /** True for no result at all: what was shown before is to be cleared. */
  readonly clear: boolean;
  /** True when what should have been a chart is none; the other formats are there. */
  readonly chartFailed: boolean;
}

/** Reads the chart of a result: one that the kernel made, or one that its specifications describe. A chart that is not right is dropped. */
export function toReceivedResult(
  { chart, specs, chartFailure, clear, ...payload }: KernelResult,
  bytes: number,
): ReceivedResult {
  const read = chart !== undefined ? checkChart(chart) : specs !== undefined ? readSpecs(specs) : undefined;
  const wanted = chart !== undefined || specs !== undefined || chartFailure !== undefined;
  return {
    payload: read ? { ...payload, chart: read } : payload,
    bytes,
    clear: clear === true,
    chartFailed: wanted && !read,
  };
}

function checkChart(chart: unknown): ChartData | undefined {
  const checked = chartDataSchema.safeParse(chart);
  return checked.success && hasItsShape(checked.data as ChartData) ? (checked.data as ChartData) : undefined;
}

/** What a library has no format of its own for is in ours; the specifications of others are theirs to describe. */
function hasItsShape({ library, data, layout }: ChartData): boolean {
  if (library !== 'matplotlib' && library !== 'seaborn') return true;
  return chartSeriesDataSchema.safeParse(data).success && chartLayoutSchema.safeParse(layout).success;
}

function readSpecs(specs: unknown): ChartData | undefined {
  const checked = chartSpecsSchema.safeParse(specs);
  const chart = checked.success ? toChart(checked.data) : undefined;
  return chart && checkChart(chart);
}
