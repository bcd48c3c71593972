// `npm run soak -- --minutes 10 --seed 1`: hosts live and die under random faults, for as long as is asked for; every execution is checked.

import { parseArgs } from 'node:util';
import { openDataFolder } from '../test/data-folder.ts';
import { SeededRandom } from './seeded-random.ts';
import { checkMemory, runSoakRound } from './soak-round.ts';
import { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '8' },
  },
});
const seed = Number(values.seed);
const random = new SeededRandom(seed);
const tally = new Tally();
process.stdout.write(`seed ${seed}\n`);
await using folder = await openDataFolder();
const until = Date.now() + Number(values.minutes) * 60_000;
for (let number = 1; Date.now() < until; number++) {
  const ms = Math.min(until - Date.now(), random.integer(3000, 20_000));
  const end = random.pick(['SIGTERM', 'SIGKILL'] as const);
  const clients = Number(values.clients);
  const memories = await runSoakRound({ number, dataFolder: folder.path, clients, ms, end, random, tally });
  await checkMemory(folder.path, memories, tally);
  process.stdout.write(`round ${number}, ${end}: ${tally.summary()}\n`);
}
for (const problem of tally.problems) process.stdout.write(`${problem}\n`);
if (tally.problems.length > 0) process.exitCode = 1;
