import { promisify } from 'node:util';
import { type Owner, ownerNow } from './identity.ts';
import { tick } from './later.ts';
import { UserPromise, forUser, fromUser } from './user-realm.ts';

const timers = process.getBuiltinModule('node:timers');
const promises = process.getBuiltinModule('node:timers/promises');
const call = (work: () => unknown): unknown => work();

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ...rest: unknown[]) => unknown;
type Wait = (...args: unknown[]) => Promise<unknown>;
type Turn = (...args: unknown[]) => AsyncGenerator<unknown>;

/** Makes timers do nothing once the execution that started them was interrupted: what waits for one waits for ever, and goes on with nothing. */
export function stopTimersOfStopped(): void {
  const own = timers as unknown as Record<string, Start>;
  const waits = promises as unknown as Record<string, Wait>;
  for (const name of ['setTimeout', 'setImmediate']) {
    const wait = stopWaiting(waits[name] as Wait);
    waits[name] = wait;
    own[name] = stopStarting(own[name] as Start, wait);
  }
  own['setInterval'] = stopStarting(own['setInterval'] as Start);
  waits['setInterval'] = stopTurning(waits['setInterval'] as unknown as Turn) as unknown as Wait;
  const scheduler = promises.scheduler as unknown as Record<string, Wait>;
  for (const name of ['wait', 'yield']) scheduler[name] = stopWaiting((scheduler[name] as Wait).bind(scheduler));
  for (const name of ['setTimeout', 'setImmediate', 'setInterval'])
    Object.defineProperty(globalThis, name, { value: own[name], writable: true, configurable: true, enumerable: true });
}

function stopStarting(start: Start, wait?: Wait): Start {
  const { name } = start;
  const started = {
    [name](callback: Callback, ...rest: unknown[]): unknown {
      // Node says what is wrong with it.
      if (typeof callback !== 'function') return start(callback, ...rest);
      const owner = ownerNow();
      // See `later`: of an immediate nothing of the user's may run in Node's own list.
      const run = name === 'setImmediate' ? tick : call;
      return start(
        function (this: unknown, ...args: unknown[]): void {
          if (owner?.isStopped) clearTimeout(this as NodeJS.Timeout);
          else run(() => Reflect.apply(callback, this, args));
        },
        ...rest,
      );
    },
  }[name] as Start;
  if (wait) Object.defineProperty(started, promisify.custom, { value: wait, enumerable: false });
  return forUser(started);
}

function stopWaiting(wait: Wait): Wait {
  return forUser((...args) => unlessStopped(wait(...args), ownerNow()));
}

/** Of what comes again and again. */
function stopTurning(turn: Turn): Turn {
  return forUser((...args) => {
    const turns = turn(...args);
    const next = turns.next.bind(turns);
    const owner = ownerNow();
    return Object.assign(turns, {
      next: forUser(() => unlessStopped(next(), owner, () => turns.return(undefined))),
    });
  });
}

function unlessStopped<T>(
  promise: Promise<T>,
  owner: Owner | undefined,
  onStopped: () => unknown = () => {},
): Promise<T> {
  return new UserPromise((resolve, reject) => {
    fromUser(promise).then(
      (value) => (owner?.isStopped ? onStopped() : resolve(value)),
      (error: unknown) => owner?.isStopped || reject(error as Error),
    );
  });
}
