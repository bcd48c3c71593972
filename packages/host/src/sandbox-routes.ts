import { type Operation, lifetimeChangesSchema, sandboxIdSchema } from '@quicksand/protocol';
import type { Context as Call } from 'hono';
import type { Commands } from './commands.ts';
import { removedBy } from './cause.ts';
import type { Executions } from './executions.ts';
import { parseBody, parseParameter } from './parse-call.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What these routes act on. */
export interface SandboxParts {
  readonly sandboxes: Sandboxes;
  readonly executions: Executions;
  readonly commands: Commands;
}

type Handler = (call: Call) => Promise<Response>;

/** The operations of {@link createSandboxHandlers}. */
export type SandboxOperation = Extract<Operation, `${string}Sandbox` | 'listSandboxes' | 'setLifetime'>;

/** The handlers of the routes of whole sandboxes. */
export function createSandboxHandlers({
  sandboxes,
  executions,
  commands,
}: SandboxParts): Record<SandboxOperation, Handler> {
  const sandboxId = (call: Call): string => parseParameter(sandboxIdSchema, call, 'sandboxId');
  return {
    listSandboxes: async (call) =>
      call.json({ sandboxes: (await sandboxes.list()).map((sandbox) => sandboxes.describe(sandbox)) }),
    getSandbox: async (call) => call.json(sandboxes.describe(await sandboxes.find(sandboxId(call)))),
    setLifetime: async (call) => {
      const id = sandboxId(call);
      const changes = await parseBody(lifetimeChangesSchema, call);
      const sandbox = await sandboxes.find(id);
      using _ = sandboxes.hold(id, changes);
      return call.json(sandboxes.describe(sandbox));
    },
    sleepSandbox: async (call) => {
      await sandboxes.sleep(sandboxId(call));
      return call.body(null, 204);
    },
    deleteSandbox: async (call) => {
      const id = sandboxId(call);
      await sandboxes.destroy(id, removedBy('its sandbox was deleted'));
      // What has not ended was asked for meanwhile, and begins in a new sandbox.
      executions.store.forgetEnded(id);
      commands.forgetEnded(id);
      return call.body(null, 204);
    },
  };
}
