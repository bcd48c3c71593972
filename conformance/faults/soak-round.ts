import { setTimeout } from 'node:timers/promises';
import { Box } from '../src/box.ts';
import { findLeft, listDescendants, listInside } from '../test/descendants.ts';
import { findZygotes } from '../test/find-zygotes.ts';
import { type Serve, openServe } from '../test/open-serve.ts';
import { type Cut, type CuttingProxy, openCuttingProxy } from './cutting-proxy.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SoakClient } from './soak-client.ts';
import type { Tally } from './tally.ts';

/** One life of a host: how long it is, how many clients it has, and how it ends. */
export interface SoakRound {
  readonly number: number;
  readonly dataFolder: string;
  readonly clients: number;
  readonly ms: number;
  readonly end: 'SIGTERM' | 'SIGKILL';
  readonly random: SeededRandom;
  readonly tally: Tally;
}

/** Programs of a sandbox that the next host must find in its workspace: those that were seen to run, and all that were sent. */
export interface SoakMemory {
  readonly id: string;
  readonly ran: readonly string[];
  readonly sent: readonly string[];
}

/** Most cuts of one client's connections behind each other: the sdk gives up after some. */
const maxCutsInARow = 2;

/** At least so long is a zygote left alone, in milliseconds: it takes that long to start. */
const zygoteRestMs = 2500;

/** Lets clients work on a host while faults are injected, ends it, and looks for what is left. */
export async function runSoakRound(round: SoakRound): Promise<SoakMemory[]> {
  const { random, tally, dataFolder } = round;
  await using stack = new AsyncDisposableStack();
  const serve = await openServe(dataFolder);
  const phase: { isQuiet: boolean; ending: SoakRound['end'] | undefined } = { isQuiet: false, ending: undefined };
  const clients: SoakClient[] = [];
  for (let n = 0; n < round.clients; n++) {
    const own = random.fork();
    const proxy = stack.use(await openWay(serve, own, tally, () => phase.isQuiet));
    const id = `soak-${round.number}-${n}`;
    clients.push(new SoakClient({ id, serve, url: proxy.url, random: own.fork(), tally, ending: () => phase.ending }));
  }
  await Promise.all(clients.map((client) => client.begin()));
  const work = Promise.all(clients.map((client) => client.work()));
  await injectFaults(round, serve, clients);
  // What a client sees of the end is what the host says, and not a cut of ours.
  phase.isQuiet = true;
  await setTimeout(300);
  const started = await findStarted(serve, clients);
  phase.ending = round.end;
  tally.fault(`host ${round.end}`);
  const { code, signal } = await serve.end(round.end);
  await stack.disposeAsync();
  await work;
  if (round.end === 'SIGTERM' && code !== 0) tally.problem(`the host ended with ${signal ?? code}`);
  for (const left of await findLeft(started, 5000)) tally.problem(`left behind after ${round.end}: ${left}`);
  return clients.map(({ box, ran, sent }) => ({ id: box.id, ran, sent }));
}

/** A new host finds what the last one left: each program has run once, if its end was seen, and never twice. */
export async function checkMemory(dataFolder: string, memories: readonly SoakMemory[], tally: Tally): Promise<void> {
  const serve = await openServe(dataFolder);
  try {
    await Promise.all(memories.map((memory) => checkWorkspace(serve, memory, tally)));
  } finally {
    await serve.end();
  }
}

async function checkWorkspace({ client }: Serve, { id, ran, sent }: SoakMemory, tally: Tally): Promise<void> {
  const box = new Box(client, id);
  const run = await box.run(
    `import os\nprint(open('/workspace/journal').read() if os.path.exists('/workspace/journal') else '', end='')`,
  );
  tally.execution(run.end.outcome ?? 'none', run.seen.length);
  const names = run.stdout.split('\n').slice(0, -1);
  if (new Set(names).size !== names.length) tally.problem(`${id}: a program has run twice`);
  const unknown = names.filter((name) => !sent.includes(name));
  if (unknown.length > 0) tally.problem(`${id}: the workspace has ${unknown.join(', ')}`);
  const lost = ran.filter((name) => !names.includes(name));
  if (lost.length > 0) tally.problem(`${id}: the workspace lacks ${lost.join(', ')}`);
  await box.destroy();
}

/** A way to the host of one client, that breaks at random. */
function openWay(serve: Serve, random: SeededRandom, tally: Tally, isQuiet: () => boolean): Promise<CuttingProxy> {
  let inARow = 0;
  const plan = (): Cut | undefined => {
    if (isQuiet() || inARow >= maxCutsInARow || random.chance(0.4)) {
      inARow = 0;
      return undefined;
    }
    inARow++;
    const direction = random.chance(0.85) ? 'answer' : 'request';
    const how = random.pick(['reset', 'reset', 'end', 'stall'] as const);
    const bytes = random.integer(0, random.pick([20, 400, 4000]));
    const after = random.chance(0.5) ? { bytes } : { frames: random.integer(0, 12), bytes: random.integer(0, 60) };
    return { direction, how, after };
  };
  const onCut = ({ how, direction }: Cut): boolean => {
    if (isQuiet()) return false;
    tally.fault(`connection ${how} in ${direction}`);
    return true;
  };
  return openCuttingProxy({ to: serve.url, plan, onCut });
}

async function injectFaults(
  { random, ms, tally }: SoakRound,
  serve: Serve,
  clients: readonly SoakClient[],
): Promise<void> {
  const until = Date.now() + ms;
  let zygoteAt = Date.now() + random.integer(0, Math.min(zygoteRestMs, ms / 2));
  while (Date.now() < until) {
    await setTimeout(random.integer(10, 120));
    if (Date.now() > zygoteAt && (await killZygote(serve, random))) {
      tally.fault('zygote killed');
      zygoteAt = Date.now() + zygoteRestMs + random.integer(0, 1500);
    } else if (await killKernel(random.pick(clients), random)) tally.fault('kernel killed');
  }
}

/** One that starts is spared: whoever waits for a kernel gives up after some that died. */
async function killZygote({ pid }: Serve, random: SeededRandom): Promise<boolean> {
  const [zygote] = await findZygotes(pid, random.pick(['zygote', 'bare'] as const));
  return zygote?.hasChildren === true && kill(zygote.pid);
}

async function killKernel(client: SoakClient, random: SeededRandom): Promise<boolean> {
  // What a kernel has forked is in its session.
  const kernels = (await listInside(client.namespace)).filter(
    ({ name, pid, session }) => /^(python|node|MainThread)/.test(name) && pid === session,
  );
  if (kernels.length === 0) return false;
  client.killedAt = Date.now();
  return kill(random.pick(kernels).pid);
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false; // it ended in this moment
  }
}

/** Every process that the host has, also those whose zygote is gone. */
async function findStarted(serve: Serve, clients: readonly SoakClient[]): ReturnType<typeof listDescendants> {
  const inside = await Promise.all(clients.map(({ namespace }) => listInside(namespace)));
  return [...(await listDescendants(serve.pid)), ...inside.flat()];
}
