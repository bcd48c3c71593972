import { openDataFolder } from './data-folder.ts';
import { type Serve, type ServeChanges, openServe } from './open-serve.ts';

/** A host in a process of its own, with a data folder that goes with it. */
export type OwnServe = Serve & AsyncDisposable;

/** Starts `quicksand serve` with a data folder of its own; disposing of it ends the one and removes the other. */
export async function openOwnServe(changes?: ServeChanges): Promise<OwnServe> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await openDataFolder());
  const serve = await openServe(folder.path, changes);
  stack.defer(async () => void (await serve.end()));
  const owned = stack.move();
  return { ...serve, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
