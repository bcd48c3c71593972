import { forUser } from './user-realm.ts';

type Emit = (this: unknown, name: unknown, ...args: unknown[]) => boolean;

/** Handlers of signals speak for whoever runs when they are called, and not for whoever has set them (R6). */
export function ownSignals(inItsName: (work: () => boolean) => boolean): void {
  const above = Object.getPrototypeOf(process) as { readonly emit: Emit };
  const emit: Emit = function emit(name, ...args) {
    const call = (): boolean => Reflect.apply(above.emit, this, [name, ...args]);
    return typeof name === 'string' && name.startsWith('SIG') ? inItsName(call) : call();
  };
  Object.defineProperty(process, 'emit', { value: forUser(emit), writable: true, configurable: true });
}
