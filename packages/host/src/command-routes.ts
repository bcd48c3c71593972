import {
  type Operation,
  type SignalName,
  commandRequestSchema,
  envChangesSchema,
  executionIdSchema,
  portQuerySchema,
  processRequestSchema,
  sandboxIdSchema,
  signalSchema,
} from '@quicksand/protocol';
import type { Context as Call } from 'hono';
import type { Commands } from './commands.ts';
import type { Command } from './command.ts';
import { hasAfter, parseAfter, parseBody, parseParameter, parseValue } from './parse-call.ts';
import { readProcessLogs } from './process-logs.ts';
import { toStreamResponse } from './stream-response.ts';
import { waitForPort } from './wait-for-port.ts';
import type { Sandboxes } from './sandboxes.ts';

type Handler = (call: Call) => Promise<Response> | Response;

/** The operations of {@link createCommandHandlers}. */
export type CommandOperation = Extract<
  Operation,
  `${string}Command${string}` | `${string}Process${string}` | 'getPort' | 'getEnv' | 'setEnv'
>;

/** The handlers of the routes below `/commands`, `/processes` and `/env`. */
export function createCommandHandlers(commands: Commands, sandboxes: Sandboxes): Record<CommandOperation, Handler> {
  const sandboxId = (call: Call): string => parseParameter(sandboxIdSchema, call, 'sandboxId');
  const commandId = (call: Call): string => parseParameter(executionIdSchema, call, 'commandId');
  const processId = (call: Call): string => parseParameter(executionIdSchema, call, 'processId');
  const findProcess = (call: Call): Promise<Command> => commands.find('process', sandboxId(call), processId(call));
  return {
    createCommand: async (call) => {
      const id = sandboxId(call);
      const request = await parseBody(commandRequestSchema, call);
      const after = parseAfter(call);
      return toCommandResponse(call, await commands.start(id, request), after);
    },
    readCommandEvents: async (call) =>
      toCommandResponse(call, await commands.find('command', sandboxId(call), commandId(call)), parseAfter(call)),
    cancelCommand: async (call) => {
      await commands.cancel(sandboxId(call), commandId(call), parseSignal(call));
      return call.body(null, 204);
    },
    startProcess: async (call) => {
      const id = sandboxId(call);
      const request = await parseBody(processRequestSchema, call);
      return call.json((await commands.startProcess(id, request)).info, 201);
    },
    listProcesses: async (call) => {
      const processes = await commands.listProcesses(sandboxId(call));
      return call.json({ processes: processes.map(({ info }) => info) });
    },
    killProcesses: async (call) => call.json({ count: await commands.killProcesses(sandboxId(call)) }),
    cleanProcesses: (call) => call.json({ count: commands.forgetEndedProcesses(sandboxId(call)) }),
    getProcess: async (call) => call.json((await findProcess(call)).info),
    killProcess: async (call) => {
      const process = await commands.killProcess(sandboxId(call), processId(call), parseSignal(call));
      return call.json(process.info);
    },
    getProcessLogs: async (call) => call.json(readProcessLogs(await findProcess(call))),
    readProcessEvents: async (call) => {
      const process = await findProcess(call);
      // Who has seen nothing gets what is held: a process may have written more than that.
      return toCommandResponse(call, process, hasAfter(call) ? parseAfter(call) : process.log.firstId - 1);
    },
    getPort: async (call) => {
      const query = parseValue(portQuerySchema, { ...call.req.query(), port: call.req.param('port') });
      const process = await findProcess(call);
      const sandbox = await sandboxes.find(sandboxId(call)).catch(() => undefined);
      return call.json(await waitForPort({ process, sandbox, query, signal: call.req.raw.signal }));
    },
    getEnv: async (call) => call.json({ envVars: (await sandboxes.find(sandboxId(call))).envVars }),
    setEnv: async (call) => {
      const id = sandboxId(call);
      const { envVars } = await parseBody(envChangesSchema, call);
      return sandboxes.use(id, (sandbox) => {
        sandbox.setEnvVars(envVars);
        return call.json({ envVars: sandbox.envVars });
      });
    },
  };
}

function parseSignal(call: Call): SignalName | undefined {
  const name = call.req.query('signal');
  return name === undefined ? undefined : parseValue(signalSchema, name, 'signal');
}

function toCommandResponse(call: Call, command: Command, after: number): Response {
  return toStreamResponse(call, command.openFeed(after), { 'Quicksand-Command-Id': command.id });
}
