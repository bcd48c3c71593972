import { AsyncLocalStorage } from 'node:async_hooks';
import { withOwnMethods } from './user-realm.ts';

// Keeps R6: what a timer, a promise or a callback does belongs to the execution that started it.

/** One execution, as the code that it started sees it. */
export interface Owner {
  readonly number: number;
  /** It was interrupted: nothing that it started may go on. */
  isStopped: boolean;
}

const storage = withOwnMethods(new AsyncLocalStorage<Owner>());

/** The execution that started the running code; undefined where nobody can tell. */
export const ownerNow: () => Owner | undefined = storage.getStore.bind(storage);

/** Runs something in the name of an execution. */
export function runAs<T>(owner: Owner, work: () => T): T {
  return storage.run(owner, work);
}
