import type { ChartData } from './chart-data.ts';
import { commonType, isRecord, toTitle } from './chart-type.ts';

type Spec = Record<string, unknown>;

const typesByMark: Readonly<Record<string, ChartData['type']>> = {
  line: 'line',
  trail: 'line',
  bar: 'bar',
  point: 'scatter',
  circle: 'scatter',
  square: 'scatter',
  arc: 'pie',
  rect: 'heatmap',
};
/** Marks that say something about others. */
const supporting = new Set(['text', 'rule', 'errorbar', 'errorband']);

/** How deep specifications may be nested; deeper parts are not looked at. */
const deepest = 20;

/** The chart of a Vega-Lite specification: the whole of it in `data`. */
export function toVegaLiteChart(spec: Spec): ChartData | undefined {
  const types = toTypes(spec, {}, 0);
  if (types.length === 0) return undefined;
  return { type: commonType(types), ...toTitle(spec['title']), data: spec, library: 'altair' };
}

/** The types of all views: units, layers, concatenations, facets and repeats. */
function toTypes(spec: Spec, above: Spec, depth: number): Array<ChartData['type'] | undefined> {
  if (depth > deepest) return ['unknown'];
  const encoding = { ...above, ...(isRecord(spec['encoding']) ? spec['encoding'] : {}) };
  if (spec['mark'] !== undefined) return [toType(spec['mark'], encoding)];
  if (isRecord(spec['spec'])) return toTypes(spec['spec'], encoding, depth + 1);
  const parts = [spec['layer'], spec['hconcat'], spec['vconcat'], spec['concat']].find(Array.isArray);
  return (parts ?? []).filter(isRecord).flatMap((part) => toTypes(part, encoding, depth + 1));
}

function toType(mark: unknown, encoding: Spec): ChartData['type'] | undefined {
  const name = isRecord(mark) ? mark['type'] : mark;
  if (typeof name !== 'string') return 'unknown';
  if (supporting.has(name)) return undefined;
  if (name === 'bar' && isHistogram(encoding)) return 'histogram';
  return Object.hasOwn(typesByMark, name) ? typesByMark[name]! : 'unknown';
}

/** Bars over bins. */
function isHistogram({ x, y }: Spec): boolean {
  return [x, y].some((channel) => isRecord(channel) && Boolean(channel['bin']));
}
