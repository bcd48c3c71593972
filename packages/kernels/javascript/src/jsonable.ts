import { types } from 'node:util';
import { UserObject, itemsOf } from './user-realm.ts';

// Plain data of any kind as JSON values: never fails for cycles, depth or strange members, and is bounded.

/** The value is larger than the limit. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

// Of this realm: what code of the user makes of its own is nothing to them.
const entriesOf = Reflect.get(Map.prototype, 'entries') as () => Iterable<[unknown, unknown]>;
const valuesOf = Reflect.get(Set.prototype, 'values') as () => Iterable<unknown>;
const timeOf = Reflect.get(Date.prototype, 'getTime') as () => number;

const deepest = 60;
const mostUnits = 1 << 20;

/** True for lists and plain objects, whose JSON says what they are. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const above: unknown = Object.getPrototypeOf(value);
  return above === null || above === UserObject.prototype;
}

/** A value as what JSON can hold: infinities and what is no data are null, sets are lists, dates are ISO strings. Throws {@link TooLarge}. */
export function toJsonable(value: unknown): unknown {
  return new Walk().convert(value, 0);
}

class Walk {
  #left = mostUnits;
  readonly #open = new Set<object>();

  convert(value: unknown, depth: number, isAsked: boolean = false): unknown {
    this.#spend(2);
    switch (typeof value) {
      case 'string':
        this.#spend(value.length);
        return value.toWellFormed();
      case 'number':
        return Number.isFinite(value) ? value : null;
      case 'boolean':
        return value;
      case 'bigint':
        return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
      case 'object':
        return value === null ? null : this.#convertObject(value, depth, isAsked);
      default:
        return null;
    }
  }

  #convertObject(value: object, depth: number, isAsked: boolean): unknown {
    if (depth >= deepest || this.#open.has(value)) return null;
    this.#open.add(value);
    try {
      return this.#convertOpen(value, depth + 1, isAsked);
    } finally {
      this.#open.delete(value);
    }
  }

  /** `isAsked`: its `toJSON` is not asked once more. */
  #convertOpen(value: object, depth: number, isAsked: boolean): unknown {
    const list = toList(value);
    if (list) return Array.from(list, (item) => this.convert(item, depth));
    if (types.isMap(value)) return this.#convertEntries([...Reflect.apply(entriesOf, value, [])], depth);
    if (types.isDate(value)) return toIso(new Date(Reflect.apply(timeOf, value, [])));
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function' && !isAsked) {
      const said: unknown = Reflect.apply(toJSON, value, []);
      // One that says itself is no value inside itself.
      if (said !== value) return this.convert(said, depth, true);
    }
    return this.#convertEntries(Object.entries(value), depth);
  }

  #convertEntries(entries: ReadonlyArray<readonly [unknown, unknown]>, depth: number): unknown {
    const kept = entries.filter(([, item]) => item !== undefined && typeof item !== 'function');
    return Object.fromEntries(
      kept.map(([key, item]) => {
        const name = typeof key === 'symbol' ? String(key) : `${key as string}`;
        this.#spend(name.length);
        return [name.toWellFormed(), this.convert(item, depth)];
      }),
    );
  }

  #spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooLarge();
  }
}

function toList(value: object): Iterable<unknown> | undefined {
  if (types.isSet(value)) return Reflect.apply(valuesOf, value, []);
  return Array.isArray(value) || types.isTypedArray(value) ? itemsOf<unknown>(value) : undefined;
}

function toIso(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
