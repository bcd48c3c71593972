import { inspect, types } from 'node:util';
import { isSpecMime, toSpecs } from './chart-specs.ts';
import { TooLarge, isPlain, toJsonable } from './jsonable.ts';
import { cut, toText as decode } from './plain-text.ts';
import { UserError, fromUser } from './user-realm.ts';

/** The payload of a `result` frame, before it is JSON. */
export type Formats = Record<string, unknown>;

/** Data by mime type, as `Symbol.for('Jupyter.display')` gives it. */
export type MediaBundle = Readonly<Record<string, unknown>>;

const fields: Readonly<Record<string, string>> = {
  'text/plain': 'text',
  'text/html': 'html',
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/svg+xml': 'svg',
  'text/latex': 'latex',
  'text/markdown': 'markdown',
  'application/javascript': 'javascript',
  'application/json': 'json',
};

/** How a value says itself how it is displayed. */
export const displaySymbol = Symbol.for('Jupyter.display');

const mostText = 16 * 1024 * 1024;
const mostBytes = 60 * 1024 * 1024;

/** All formats of a value; a promise where the value takes its time to say how it is displayed. Never fails. */
export function toFormats(value: unknown, charts: boolean): Formats | Promise<Formats> {
  const bundle = bundleOf(value);
  if (!types.isPromise(bundle)) return withBundle(value, bundle, charts);
  return fromUser(bundle).then(
    (given) => withBundle(value, given, charts),
    () => withBundle(value, undefined, charts),
  );
}

/** The fields of data by mime type; what has no field is left out. */
export function toFields(bundle: MediaBundle): Formats {
  const formats: Formats = {};
  for (const [mime, data] of Object.entries(bundle)) {
    if (data === undefined || data === null) continue;
    const field = Object.hasOwn(fields, mime) ? fields[mime] : undefined;
    if (isSpecMime(mime)) formats['specs'] = { [mime]: toJsonable(data) };
    else if (field === 'json') addJson(formats, data, true);
    else if (field) formats[field] = toText(field, data);
  }
  return withinLimit(formats);
}

/** True where a mime type can be displayed. */
export function isKnownMime(mime: string): boolean {
  return Object.hasOwn(fields, mime) || isSpecMime(mime);
}

function withBundle(value: unknown, bundle: unknown, charts: boolean): Formats {
  if (typeof bundle === 'object' && bundle !== null) {
    const formats = toFields(bundle as MediaBundle);
    if (Object.keys(formats).length > 0) return formats;
  }
  const formats = textOnly(value);
  addJson(formats, value);
  if (charts) addSpecs(formats, value);
  return formats;
}

/** What the value's own method gives: a bundle, or a promise of one. */
function bundleOf(value: unknown): unknown {
  try {
    const show: unknown = value !== null && typeof value === 'object' ? Reflect.get(value, displaySymbol) : undefined;
    return typeof show === 'function' ? Reflect.apply(show, value, []) : undefined;
  } catch {
    return undefined;
  }
}

function textOnly(value: unknown): Formats {
  return { text: cut(describe(value).toWellFormed(), mostText) };
}

/** Getters, proxies and inspectors of the user may throw. */
function describe(value: unknown): string {
  try {
    return inspect(value);
  } catch (error) {
    const kind = Object.prototype.toString.call(value);
    return `${kind} (its inspection failed: ${error instanceof UserError ? error.message : typeof error})`;
  }
}

function addJson(formats: Formats, value: unknown, isAsked: boolean = false): void {
  try {
    if (!isAsked && !isPlain(value)) return;
    formats['json'] = toJsonable(value);
  } catch (error) {
    if (error instanceof TooLarge) formats['truncated'] = ['json'];
  }
}

function addSpecs(formats: Formats, value: unknown): void {
  try {
    const specs = toSpecs(value);
    if (specs) formats['specs'] = specs;
  } catch (error) {
    formats['chartFailure'] = cut(String(error), 900);
  }
}

/** Bytes of a picture are base64; other bytes are text. */
function toText(field: string, data: unknown): string {
  const isPicture = field === 'png' || field === 'jpeg';
  if (ArrayBuffer.isView(data) || types.isArrayBuffer(data)) {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return decode(bytes, isPicture ? 'base64' : 'utf8');
  }
  const text = (typeof data === 'string' ? data : describe(data)).toWellFormed();
  return isPicture ? text.replace(/^data:[^,]*,/, '').replace(/\s/g, '') : text;
}

/** Leaves out the largest formats until the rest fits. */
function withinLimit(formats: Formats): Formats {
  const sizes = Object.entries(formats).map(([name, value]): [string, number] => [name, sizeOf(value)]);
  sizes.sort(([, a], [, b]) => b - a);
  let total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const truncated: string[] = (formats['truncated'] as string[] | undefined) ?? [];
  for (const [name, size] of sizes) {
    if (total <= mostBytes) break;
    delete formats[name];
    truncated.push(name);
    total -= size;
  }
  return truncated.length > 0 ? { ...formats, truncated } : formats;
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' ? 2 * value.length : 0;
}
