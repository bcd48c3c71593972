import { envSchema } from '@quicksand/protocol';
import type { Connection } from './connection.ts';
import { requestJson } from './request-json.ts';

/** See `SandboxCommands.setEnvVars`. */
export async function setEnvVars(
  connection: Connection,
  envVars: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  // What is missing is the host's to refuse.
  const changes = envVars && Object.fromEntries(Object.entries(envVars).map(([name, value]) => [name, value ?? null]));
  await requestJson(connection, 'setEnv', { body: { envVars: changes }, parser: envSchema });
}
