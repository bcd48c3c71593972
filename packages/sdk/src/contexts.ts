import { contextListSchema, contextSchema } from '@quicksand/protocol';
import { type CodeContext, type CreateContextOptions, toCodeContext } from './code-context.ts';
import type { Connection } from './connection.ts';
import { assertKnown } from './known-options.ts';
import { requestJson } from './request-json.ts';

/** For answers that carry nothing. */
export const nothing = { parse: (): void => {} };

/** See `CodeInterpreter.createCodeContext`. */
export async function createCodeContext(
  connection: Connection,
  options: CreateContextOptions = {},
): Promise<CodeContext> {
  assertKnown('createCodeContext', options, ['language', 'cwd', 'envVars', 'timeout']);
  const { language, cwd, envVars, timeout } = options;
  // JSON leaves out what is undefined.
  const body = { language, cwd, envVars };
  return toCodeContext(
    await requestJson(connection, 'createContext', { body, parser: contextSchema, timeoutMs: timeout }),
  );
}

/** See `CodeInterpreter.listCodeContexts`. */
export async function listCodeContexts(connection: Connection): Promise<CodeContext[]> {
  const { contexts } = await requestJson(connection, 'listContexts', { parser: contextListSchema });
  return contexts.map(toCodeContext);
}

/** See `CodeInterpreter.deleteCodeContext`. */
export async function deleteCodeContext(connection: Connection, contextId: string): Promise<void> {
  await requestJson(connection, 'deleteContext', { parameters: { contextId }, parser: nothing });
}
