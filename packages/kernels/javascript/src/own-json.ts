// What user code makes of the globals is nothing to us.
const { stringify } = JSON;
const { isArray } = Array;
const { entries, prototype, setPrototypeOf } = Object;

/** JSON of plain data of our own, whatever `toJSON` code has given to all objects or arrays. */
export function toOwnJson(value: object): string {
  return stringify('toJSON' in prototype || 'toJSON' in [] ? withoutPrototype(value) : value);
}

/** Here and not in general, since it costs a copy. */
function withoutPrototype(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy = setPrototypeOf(isArray(value) ? [] : {}, null) as Record<string, unknown>;
  for (const [name, item] of entries(value)) copy[name] = withoutPrototype(item);
  return copy;
}
