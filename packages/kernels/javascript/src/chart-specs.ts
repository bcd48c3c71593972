import { isPlain, toJsonable } from './jsonable.ts';
import { itemsOf } from './user-realm.ts';

/** Specifications of charts by mime type. The host makes charts of them. */
export type ChartSpecs = Readonly<Record<string, unknown>>;

const vegaLite = 'application/vnd.vegalite.v5+json';
const plotly = 'application/vnd.plotly.v1+json';

/** Mime types of specifications. */
export function isSpecMime(mime: string): boolean {
  return mime === plotly || /^application\/vnd\.vegalite\.v\d{1,2}[+.]json$/.test(mime);
}

/** The specification that a value is, or can give: of Vega-Lite by its `$schema`, of Plotly by the shape of its traces. */
export function toSpecs(value: unknown): ChartSpecs | undefined {
  const spec = givenSpec(value) ?? value;
  if (!isPlain(spec) || Array.isArray(spec)) return undefined;
  const { $schema } = spec as { $schema?: unknown };
  if (typeof $schema === 'string' && /\/vega-lite\/v\d/.test($schema)) return { [vegaLite]: toJsonable(spec) };
  return isFigure(spec as Record<string, unknown>) ? { [plotly]: toJsonable(spec) } : undefined;
}

/** Builders of Vega-Lite have a method for it. */
function givenSpec(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const { toSpec } = value as { toSpec?: unknown };
  return typeof toSpec === 'function' ? Reflect.apply(toSpec, value, []) : undefined;
}

const figureKeys = new Set(['data', 'layout', 'config', 'frames']);

/** `{data: [traces], layout?, …}`, and nothing that only looks like it: much other data has a list called `data`. */
function isFigure(value: Record<string, unknown>): boolean {
  const { data, layout } = value;
  if (!Array.isArray(data) || data.length === 0 || !Object.keys(value).every((key) => figureKeys.has(key)))
    return false;
  for (const trace of itemsOf<unknown>(data))
    if (!isPlain(trace) || !isTrace(trace as Record<string, unknown>, isPlain(layout))) return false;
  return true;
}

function isTrace(trace: Record<string, unknown>, hasLayout: boolean): boolean {
  const { type } = trace;
  const hasData = traceData.some((name) => typeof trace[name] === 'object' && trace[name] !== null);
  return hasData && (type === undefined ? hasLayout || 'mode' in trace : traceTypes.has(type as string));
}

const traceData = [
  'x',
  'y',
  'z',
  'values',
  'labels',
  'lat',
  'lon',
  'locations',
  'node',
  'link',
  'cells',
  'r',
  'theta',
].concat(['dimensions', 'parents', 'open', 'value', 'a', 'b', 'image']);

const traceTypes = new Set(
  `bar barpolar box candlestick carpet choropleth choroplethmap choroplethmapbox cone contour contourcarpet densitymap
  densitymapbox funnel funnelarea heatmap histogram histogram2d histogram2dcontour icicle image indicator isosurface
  mesh3d ohlc parcats parcoords pie sankey scatter scatter3d scattercarpet scattergeo scattergl scattermap
  scattermapbox scatterpolar scatterpolargl scattersmith scatterternary splom streamtube sunburst surface table treemap
  violin volume waterfall`.split(/\s+/),
);
