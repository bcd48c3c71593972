import type { ChartData } from './chart-data.ts';

type ChartType = ChartData['type'];

/** The type that all of the parts have, `unknown` where they differ. Undefined stands for a part that only supports others. */
export function commonType(types: ReadonlyArray<ChartType | undefined>): ChartType {
  const [first = 'unknown', ...rest] = new Set(types.filter((type) => type !== undefined));
  return rest.length === 0 ? first : 'unknown';
}

/** True for an object that is no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A title: the string, or the string in its `text`. */
export function toTitle(title: unknown): { title?: string } {
  const text = isRecord(title) ? title['text'] : title;
  const joined = Array.isArray(text) ? text.filter((line) => typeof line === 'string').join('\n') : text;
  return typeof joined === 'string' && joined !== '' ? { title: joined.slice(0, 10_000) } : {};
}
