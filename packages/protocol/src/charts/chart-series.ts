// The shape of `data` and `layout` of charts by matplotlib and seaborn. docs/charts.md describes each kind with a picture.

/** A number; a string for a category or a date (ISO 8601); null for what is missing (NaN, infinite, masked). */
export type ChartValue = number | string | null;

/** Ends of error bars or bands, in the units of the axis. */
export interface ChartError {
  low: ChartValue[];
  high: ChartValue[];
}

/** What every series has. */
export interface ChartSeriesBase {
  /** Its name in the legend. */
  label?: string;
  /** `#rrggbb`, or `#rrggbbaa` where it is not opaque. */
  color?: string;
  /** Index into {@link ChartLayout.axes}; there when the figure has several. */
  axes?: number;
  /** How many there are, where not all are listed: of points, bars and outlines every n-th, of bins the first; of a heatmap `[rows, columns]`. */
  total?: number | [number, number];
}

/** Points: joined (`line`), or not (`scatter`). */
export interface ChartPoints extends ChartSeriesBase {
  kind: 'line' | 'scatter' | 'stem';
  x: ChartValue[];
  y: ChartValue[];
  z?: ChartValue[];
  /** A line drawn in steps: where the value changes. */
  step?: 'pre' | 'mid' | 'post';
  /** Area of each marker in points², one for all or one each. */
  size?: number;
  sizes?: ChartValue[];
  /** What the colour of each point stands for: numbers that a colour map shows, or colours. */
  colors?: ChartValue[];
  xError?: ChartError;
  yError?: ChartError;
}

/** Bars. Those of a `vertical` series stand at `x` and are `y` long, those of a `horizontal` one the other way round. */
export interface ChartBars extends ChartSeriesBase {
  kind: 'bar';
  orientation: 'vertical' | 'horizontal';
  x: ChartValue[];
  y: ChartValue[];
  /** Where each bar begins, unless all begin at 0: stacked bars. */
  base?: ChartValue[];
  /** How wide they are, one for all or one each; there when they stand at numbers. */
  width?: number | ChartValue[] | null;
  /** One each, where they differ. */
  colors?: ChartValue[];
  xError?: ChartError;
  yError?: ChartError;
}

/** Bins: `edges` has one more than `counts`. */
export interface ChartHistogram extends ChartSeriesBase {
  kind: 'histogram';
  orientation: 'vertical' | 'horizontal';
  edges: ChartValue[];
  counts: ChartValue[];
  /** Where each bar begins, unless all begin at 0: stacked histograms. */
  base?: ChartValue[];
}

/** Shares of a whole. */
export interface ChartPie extends ChartSeriesBase {
  kind: 'pie';
  labels: string[];
  values: ChartValue[];
  /** Of the whole that the pie stands for. */
  percentages: ChartValue[];
  colors: string[];
}

/** A grid: `values[row][column]` is at `x[column]`, `y[row]`. */
export interface ChartHeatmap extends ChartSeriesBase {
  kind: 'heatmap';
  x: ChartValue[];
  y: ChartValue[];
  values: ChartValue[][];
}

/** Cells that are no grid, such as hexagons: the value of each is at its centre. */
export interface ChartHexbin extends ChartSeriesBase {
  kind: 'hexbin';
  x: ChartValue[];
  y: ChartValue[];
  values: ChartValue[];
}

/** Distributions as boxes. */
export interface ChartBoxes extends ChartSeriesBase {
  kind: 'box';
  orientation: 'vertical' | 'horizontal';
  boxes: Array<{
    label: ChartValue;
    low: ChartValue;
    q1: ChartValue;
    median: ChartValue;
    q3: ChartValue;
    high: ChartValue;
    mean?: ChartValue;
    outliers: ChartValue[];
    /** How many outliers there are, where not all are listed. */
    total?: number;
  }>;
}

/** Distributions as violins. */
export interface ChartViolins extends ChartSeriesBase {
  kind: 'violin';
  orientation: 'vertical' | 'horizontal';
  violins: Array<{
    label: ChartValue;
    /** Statistics, as far as they are known. */
    low?: ChartValue;
    median?: ChartValue;
    mean?: ChartValue;
    high?: ChartValue;
    /** How wide the violin is at each place. */
    at: ChartValue[];
    density: ChartValue[];
  }>;
}

/** An area between `low` and `high` along `x` (`horizontal`: along `y`). Stacked areas also have their own values. */
export interface ChartArea extends ChartSeriesBase {
  kind: 'area';
  orientation: 'vertical' | 'horizontal';
  x?: ChartValue[];
  y?: ChartValue[];
  low: ChartValue[];
  high: ChartValue[];
  values?: ChartValue[];
}

/** A line across the axes: at `y`, at `x`, or, with both and a slope, through that point. */
export interface ChartReference extends ChartSeriesBase {
  kind: 'reference';
  x?: ChartValue | [ChartValue, ChartValue];
  y?: ChartValue | [ChartValue, ChartValue];
  slope?: ChartValue;
}

/** Many separate lines or outlines: `x[i]`, `y[i]` are the points of the i-th. */
export interface ChartPaths extends ChartSeriesBase {
  kind: 'segments' | 'polygons';
  x: ChartValue[][];
  y: ChartValue[][];
}

/** Contours, a picture, or what has no better name: what is known of it. */
export interface ChartOther extends ChartSeriesBase {
  kind: 'contour' | 'image' | 'other';
  levels?: ChartValue[];
  /** Rows and columns of a picture, and where it lies: left, right, bottom, top. */
  shape?: [number, number];
  extent?: ChartValue[];
  /** The class of what was drawn. */
  name?: string;
  x?: ChartValue[];
  y?: ChartValue[];
}

export type ChartSeries =
  | ChartPoints
  | ChartBars
  | ChartHistogram
  | ChartPie
  | ChartHeatmap
  | ChartHexbin
  | ChartBoxes
  | ChartViolins
  | ChartArea
  | ChartReference
  | ChartPaths
  | ChartOther;

/** `data` of a chart by matplotlib or seaborn. */
export interface ChartSeriesData {
  series: ChartSeries[];
  /** How many series were left out, when there are more than a chart may have. */
  omitted?: number;
}

/** One axis. */
export interface ChartAxis {
  label?: string;
  /** What stands in brackets at the end of the label: `Speed (km/h)`. */
  unit?: string;
  scale: 'linear' | 'log' | 'symlog' | 'logit' | 'date' | 'category' | (string & {});
  /** What is in view, the smaller end first. */
  range: [ChartValue, ChartValue];
  /** True when the larger end is on the left or at the bottom. */
  inverted?: true;
  ticks: Array<{ value: ChartValue; label: string }>;
}

/** One coordinate system of a figure. */
export interface ChartAxes {
  /** What its series are, as for a whole chart. */
  type: 'line' | 'bar' | 'scatter' | 'pie' | 'histogram' | 'heatmap' | 'unknown';
  title?: string;
  projection?: 'polar' | '3d' | (string & {});
  /** Left, bottom, width and height, as fractions of the figure. */
  position: [number, number, number, number];
  /** Index of the axes that it lies upon, and the axis that they share. */
  twin?: { axes: number; shared: 'x' | 'y' };
  x: ChartAxis;
  y: ChartAxis;
  z?: ChartAxis;
  legend?: { title?: string; labels: string[] };
  colorbar?: { label?: string; range: [ChartValue, ChartValue] };
}

/** `layout` of a chart by matplotlib or seaborn. */
export interface ChartLayout {
  /** Size of the figure in pixels, before empty borders are cut off. */
  size: { width: number; height: number };
  axes: ChartAxes[];
}
