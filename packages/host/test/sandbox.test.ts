import { expect, test } from 'vitest';
import { type Cause, removedBy } from '../src/cause.ts';
import type { Enclosure } from '../src/enclosure.ts';
import type { SandboxSource } from '../src/sandbox-source.ts';
import { Sandbox } from '../src/sandbox.ts';

const source = { limits: { maxContexts: 10, maxQueued: 10 } } as SandboxSource;
const closing: Cause = { outcome: 'killed', ename: 'Quicksand.HostClosing', evalue: 'the host shut down' };

/** A sandbox in which what is started ends with it, before it was ready. */
function openSandbox(): Sandbox {
  const start = Promise.withResolvers<never>();
  const enclosure = {
    toEnv: () => ({}),
    openKernel: () => start.promise,
    close: async () => start.reject(new Error('signal 9')),
  } as unknown as Enclosure;
  return new Sandbox('x', source, { enclosure, warm: new Map(), wants: () => {}, isNew: true });
}

test.each([
  [removedBy('its sandbox was deleted'), 'sandbox_not_found'],
  [closing, 'host_closing'],
])('a context that is started while the sandbox ends fails for that reason: %j', async (cause, code) => {
  const sandbox = openSandbox();
  const started = expect(sandbox.createContext({})).rejects.toMatchObject({ code });
  await sandbox.close(cause);
  await started;
});
