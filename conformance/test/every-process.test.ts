import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { type Confinement, namespaceNames, readConfinement } from './confinement.ts';
import { openDataFolder } from './data-folder.ts';
import { listDescendants } from './descendants.ts';
import { expectBackend } from './expect-backend.ts';
import { openOrdinaryUser } from './open-ordinary-user.ts';
import { type Serve, openOrdinaryServe, openServe } from './open-serve.ts';

// I1, read from outside: what the kernel of the machine says about every process of two busy sandboxes.

/** A host under test. */
interface Subject {
  readonly serve: Serve;
  /** The process that owns the sandboxes, and the uids that it may give them. */
  readonly hostPid: number;
  readonly uids: { readonly first: number; readonly count: number };
}

const limiting = ['memory', 'pids', 'cpu', 'cpuacct'];

/** The hierarchies in which sandboxes have groups, of those that there are: the unified one where it is the one that limits. */
const toHierarchies = (names: readonly string[]): string[] => {
  const found = names.filter((name) => limiting.includes(name));
  return found.length > 0 ? found : ['unified'];
};

/** That of the holder, below the sandbox's: in version 1 it is in the sandbox's own. */
const holderGroup = (controller: string): string => (controller === 'unified' ? '/holder' : '');

// Without a pool, so that every process inside is one of the two sandboxes.
const changes = { args: ['--pool', '0'] };

const subjects = {
  root: async (stack: AsyncDisposableStack): Promise<Subject> => {
    const folder = stack.use(await openDataFolder());
    const serve = await openServe(folder.path, changes);
    stack.defer(async () => void (await serve.end()));
    return {
      serve,
      hostPid: serve.pid,
      uids: { first: 1_900_000_000, count: 2 ** 31 - 1_900_000_000 },
    };
  },
  'an ordinary user': async (stack: AsyncDisposableStack): Promise<Subject> => {
    const user = stack.use(await openOrdinaryUser());
    const serve = await openOrdinaryServe(user, changes);
    stack.defer(async () => void (await serve.end()));
    // The command of the user, the one that waits for the namespace, its first process, the host.
    const all = await listDescendants(serve.pid);
    const childOf = (parent: number): number => all.find((process) => process.parent === parent)?.pid ?? 0;
    return { serve, hostPid: childOf(childOf(childOf(serve.pid))), uids: user.subuids };
  },
};

/** Everything that can start a process, in one context. */
const busy = `
import multiprocessing, os, subprocess, threading, time
kept = [subprocess.Popen(['sleep', '600']), subprocess.Popen('sleep 600; true', shell=True, start_new_session=True)]
!setsid sleep 600 >/dev/null 2>&1 &
if os.fork() == 0:
    # A daemon: another session, another parent, another name
    os.setsid()
    if os.fork() == 0:
        open('/proc/self/comm', 'w').write('a) R 1 (b')
        time.sleep(600)
    os._exit(0)
os.wait()
worker = multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,), daemon=True)
worker.start()
spawned = subprocess.Popen(['python3', '-c', 'import os, time; os.posix_spawn("/usr/bin/sleep", ["sleep", "600"], {}); time.sleep(600)'])
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
zombie = subprocess.Popen(['true'])
`;

/** Fills a sandbox with processes of every kind. */
async function fill({ serve }: Subject, box: Box): Promise<void> {
  await box.run(busy);
  await box.run(busy, { contextId: (await box.createContext()).id });
  const { id: contextId } = await box.createContext({ language: 'javascript' });
  await box.run(`(await import('node:child_process')).spawn('sleep', ['600'], { detached: true }).pid`, { contextId });
  const process = { command: 'sleep 600 & sleep 600; true', processId: 'background' };
  await serve.client.call('startProcess', { sandboxId: box.id }, process);
  const body = { command: 'nohup sleep 600 & sleep 600' };
  const command = await serve.client.send('POST', `${box.path}/commands`, { body });
  await command.body?.getReader().read();
}

/** How many processes a sandbox sees inside. What has ended has neither namespaces nor rights any more, and does not count. */
async function countInside(box: Box): Promise<number> {
  const count = `import os
states = [open(f'/proc/{name}/stat').read().rpartition(')')[2].split()[0] for name in os.listdir('/proc') if name.isdigit()]
print(sum(state not in 'ZX' for state in states))`;
  return Number((await box.run(count)).stdout);
}

/** Every process of the sandboxes, once the host sees as many as they do: programs are still starting others. */
async function listInside(subject: Subject, boxes: readonly Box[]): Promise<Confinement[]> {
  for (const deadline = Date.now() + 20_000; ; await setTimeout(50)) {
    const counts = await Promise.all(boxes.map(countInside));
    const inside = (await listAll(subject)).filter((process) => isInside(subject, process));
    const counted = counts.reduce((sum, count) => sum + count);
    if (inside.length === counted) return inside;
    if (Date.now() > deadline) throw new Error(`${counted} processes inside, and ${inside.length} of them were found`);
  }
}

async function listAll({ hostPid }: Subject): Promise<Confinement[]> {
  return (await listDescendants(hostPid)).flatMap(({ pid }) => readConfinement(pid) ?? []);
}

const isInside = ({ hostPid }: Subject, { namespaces }: Confinement): boolean =>
  namespaces['pid'] !== readConfinement(hostPid)?.namespaces['pid'];

describe.each(Object.entries(subjects))('the host of %s', (_, open) => {
  const stack = new AsyncDisposableStack();
  let subject: Subject;

  beforeAll(async () => {
    subject = await open(stack);
    await expectBackend(subject.serve.client);
  });
  afterAll(() => stack.disposeAsync());

  /** A uid of the host's own, and no other. */
  function expectOwnUid(text: string | undefined, who: string): void {
    const uid = Number(text?.split('\t')[0]);
    const { first, count } = subject.uids;
    expect(uid >= first && uid < first + count, `uid ${uid} of ${who}`).toBe(true);
  }

  test('every process of a busy sandbox is confined, whatever started it', { timeout: 60_000 }, async () => {
    const boxes = ['busy-a', 'busy-b'].map((name) => new Box(subject.serve.client, name));
    await Promise.all(boxes.map((box) => fill(subject, box)));
    const host = readConfinement(subject.hostPid) as Confinement;
    const inside = await listInside(subject, boxes);
    const uids = [...new Set(inside.map(({ status }) => status['Uid']))];
    expect(uids, 'each sandbox has a uid').toHaveLength(2);
    const names = inside.map(({ name }) => name);
    for (const name of ['sleep', 'python', 'python3', 'bash', 'sh', 'a) R 1 (b']) expect(names).toContain(name);

    for (const { pid, name, status, namespaces } of inside) {
      const who = `${name} (${pid})`;
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(BigInt(`0x${status[set]}`), `${set} of ${who}`).toBe(0n);
      expect(
        { NoNewPrivs: status['NoNewPrivs'], Seccomp: status['Seccomp'], Filters: status['Seccomp_filters'] },
        who,
      ).toEqual({
        NoNewPrivs: '1',
        Seccomp: '2',
        Filters: '1',
      });
      const [uid, ...others] = (status['Uid'] ?? '').split('\t').map(Number);
      expectOwnUid(status['Uid'], who);
      expect([...others, ...(status['Gid'] ?? '').split('\t').map(Number)], who).toEqual(Array(7).fill(uid));
      expect(status['Groups']?.trim(), `groups of ${who}`).toBe('');
      for (const kind of namespaceNames)
        expect(namespaces[kind], `${kind} namespace of ${who}`).not.toBe(host.namespaces[kind]);
    }

    // Both sandboxes: nothing in common, and each of one piece.
    for (const uid of uids) {
      const [own, other] = [
        inside.filter(({ status }) => status['Uid'] === uid),
        inside.filter(({ status }) => status['Uid'] !== uid),
      ];
      for (const kind of namespaceNames) {
        const found = new Set(own.map(({ namespaces }) => namespaces[kind]));
        expect(found.size, `${kind} namespaces of one sandbox`).toBe(1);
        expect(
          other.some(({ namespaces }) => found.has(namespaces[kind] ?? '')),
          `${kind} is shared`,
        ).toBe(false);
      }
      for (const controller of toHierarchies(Object.keys(host.groups))) {
        const groups = own.map(({ groups: found }) => /^.*\/sandbox-[^/]+/.exec(found[controller] ?? '')?.[0]);
        expect(new Set(groups).size, `groups of one sandbox for ${controller}`).toBe(1);
        expect(groups[0], `a group below the host's for ${controller}`).toContain('/quicksand-');
        const below = own.map(({ groups: found }) => found[controller]?.slice(groups[0]?.length));
        // The holder, three contexts, a process and a command.
        expect(new Set(below).size, `groups of contexts and commands for ${controller}`).toBe(6);
        expect(
          below.every((group) => group === holderGroup(controller) || /^\/context-[0-9a-f-]+$/.test(group ?? '')),
          controller,
        ).toBe(true);
      }
    }
  });

  test('bubblewrap itself, outside, has no rights either', async () => {
    const outside = (await listAll(subject)).filter(
      (process) => !isInside(subject, process) && process.name === 'bwrap',
    );
    expect(outside).toHaveLength(2);
    for (const { status, groups } of outside) {
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(BigInt(`0x${status[set]}`), set).toBe(0n);
      expect(status['NoNewPrivs']).toBe('1');
      expectOwnUid(status['Uid'], 'bubblewrap');
      const [controller = ''] = toHierarchies(Object.keys(groups));
      expect(/\/sandbox-[^/]+(.*)$/.exec(groups[controller] ?? '')?.[1]).toBe(holderGroup(controller));
    }
  });
});
