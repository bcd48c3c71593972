import { describeConfinement } from '../src/index.ts';
import { findLeft, listDescendants } from './descendants.ts';
import { openOrdinaryUser } from './open-ordinary-user.ts';
import { openOrdinaryServe } from './open-serve.ts';

describeConfinement('quicksand serve of an ordinary user over HTTP', async () => {
  await using stack = new AsyncDisposableStack();
  const user = stack.use(await openOrdinaryUser());
  const serve = await openOrdinaryServe(user);
  stack.defer(async () => {
    const started = await listDescendants(serve.pid);
    const { code, signal } = await serve.end();
    const left = await findLeft(started);
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
    if (code !== 0) throw new Error(`serve ended with ${signal ?? code}`);
  });
  const owned = stack.move();
  return { fetcher: serve.fetcher, token: serve.token, close: () => owned.disposeAsync() };
});
