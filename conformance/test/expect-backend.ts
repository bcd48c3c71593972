import type { HealthInfo } from '@quicksand/protocol';
import type { Client } from '../src/client.ts';

/** The backend that the isolation tests are about. */
const expected = 'namespaces';

/** Prints which backend a host isolates with, and throws when it is not the expected one: then the tests would prove nothing (I5). */
export async function expectBackend(client: Client): Promise<void> {
  const { backend } = (await client.json<HealthInfo>('GET', '/health')).body;
  process.stdout.write(`isolation backend exercised: ${backend}\n`);
  if (backend !== expected)
    throw new Error(`these tests are about the backend ${expected}, and the host has ${backend}`);
}
