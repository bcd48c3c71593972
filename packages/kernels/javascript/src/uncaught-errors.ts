import { forUser, itemsOf } from './user-realm.ts';

type Take = (error: Error) => void;
type Origin = 'uncaughtException' | 'unhandledRejection';
type Emit = (name: string, error: unknown, origin: Origin) => boolean;

/**
 * Takes what nobody catches, unless the user does. There is one place in Node for who takes it; as far as the user and Node's own modules see, it is free.
 * Node would make an error of a promise's reason that is none.
 */
export function takeUncaughtErrors(take: Take): void {
  const setTake = process.setUncaughtExceptionCaptureCallback.bind(process);
  const emitter = process as unknown as { readonly emit: Emit };
  let ofUser: Take | null = null;
  process.hasUncaughtExceptionCaptureCallback = forUser(() => ofUser !== null);
  process.setUncaughtExceptionCaptureCallback = forUser((given) => {
    const before = ofUser;
    // Node checks what is given, and whether the place is free.
    setTake(null);
    try {
      if (before) setTake(before);
      setTake(given);
      ofUser = given;
    } finally {
      setTake(null);
      setTake(takeNow);
    }
  });
  const takeOf = (error: Error, origin: Origin): void => {
    leaveTestRunner('uncaughtException');
    if (ofUser) ofUser(error);
    else if (process.listenerCount('uncaughtException') > 0) emitter.emit('uncaughtException', error, origin);
    else take(error);
  };
  const takeNow: Take = (error) => takeOf(error, 'uncaughtException');
  setTake(takeNow);
  process.on('unhandledRejection', (reason) => {
    leaveTestRunner('unhandledRejection');
    if (process.listenerCount('unhandledRejection') > 1) return;
    emitter.emit('uncaughtExceptionMonitor', reason, 'unhandledRejection');
    takeOf(reason as Error, 'unhandledRejection');
  });
}

/** What only its listeners call by this name. */
const ofTestRunner = 'rootTest.harness';
const textOf = Reflect.get(Function.prototype, 'toString') as () => string;

/**
 * Node's test runner listens from the first test on for ever, and tells what it hears at the end of the process. Here that never comes: what is thrown
 * would be told nobody.
 */
function leaveTestRunner(name: Origin): void {
  for (const listener of itemsOf(process.listeners(name as 'uncaughtException')))
    if (Reflect.apply(textOf, listener, []).includes(ofTestRunner)) process.off(name, listener);
}
