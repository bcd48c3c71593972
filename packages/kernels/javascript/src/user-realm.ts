// The language as code of the user has it. The kernel runs in a realm of its own (main-script.ts): what code makes of arrays, promises or strings is
// nothing to it. So what code gets to see, or throws and catches, is made of this one; and what comes from there is read without calling any of it.

/** What code of the user knows by these names, or did before it ran. */
export const {
  Array: UserArray,
  Error: UserError,
  Function: UserFunction,
  Object: UserObject,
  Promise: UserPromise,
  RangeError: UserRangeError,
  Reflect: UserReflect,
  SyntaxError: UserSyntaxError,
  TypeError: UserTypeError,
} = globalThis;

const values = Reflect.get(Array.prototype, 'values') as () => unknown;
const then = Reflect.get(UserPromise.prototype, 'then') as typeof UserPromise.prototype.then;

/** A function that code of the user gets. */
export function forUser<F extends (...args: never[]) => unknown>(given: F): F {
  return Object.setPrototypeOf(given, UserFunction.prototype) as F;
}

/** Does something for code of the user. That there is no room for it on the stack is an error of that code. */
export function tryForUser<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? new UserRangeError(error.message) : error;
  }
}

/**
 * An object of Node's that calls its own methods: whatever becomes of those of its class, it has what it had. They stand between the two, since V8 is slow
 * with objects that have many properties.
 */
export function withOwnMethods<T extends object>(given: T): T {
  const own = Object.create(Object.getPrototypeOf(given) as object) as object;
  for (let above = own; above !== UserObject.prototype; above = Object.getPrototypeOf(above) as object)
    for (const name of Reflect.ownKeys(above)) {
      const { value } = Object.getOwnPropertyDescriptor(above, name) as PropertyDescriptor;
      if (typeof value === 'function' && !Object.hasOwn(own, name))
        Object.defineProperty(own, name, { value, writable: true, configurable: true });
    }
  return Object.setPrototypeOf(given, own) as T;
}

/** A promise of the user's as one of the kernel's. */
export function fromUser<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    void Reflect.apply(then, promise, [resolve, reject]);
  });
}

/** A promise of the kernel's as one of the user's. */
export function toUser<T>(promise: Promise<T>): Promise<T> {
  return new UserPromise((resolve, reject) => void promise.then(resolve, reject));
}

/** The items of a list of the user's. */
export function itemsOf<T>(list: ArrayLike<T>): ArrayIterator<T> {
  return Reflect.apply(values, list, []) as ArrayIterator<T>;
}
