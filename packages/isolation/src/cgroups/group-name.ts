import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readStartTicks } from './process-stat.ts';

/** The process that made a host's group. A pid means something only in its pid namespace, and only with its start. */
export interface GroupOwner {
  readonly pid: number;
  readonly startTicks: number;
  /** Inode of the pid namespace. */
  readonly pidNamespace: number;
}

const pattern = /^quicksand-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}$/;

/** A new name for a group of `owner`; the name is all that {@link parseGroupName} needs after a crash. */
export function createGroupName({ pid, startTicks, pidNamespace }: GroupOwner): string {
  return `quicksand-${pid}-${startTicks}-${pidNamespace}-${randomBytes(4).toString('hex')}`;
}

/** Whose group this is; undefined when it is none of ours. */
export function parseGroupName(name: string): GroupOwner | undefined {
  const [, pid, startTicks, pidNamespace] = pattern.exec(name) ?? [];
  if (pid === undefined) return undefined;
  return { pid: Number(pid), startTicks: Number(startTicks), pidNamespace: Number(pidNamespace) };
}

/** How a program inside of an outer namespace is told who keeps that: what it makes there belongs to a process that it cannot see. */
const keeperVariable = 'QUICKSAND_KEEPER';

/** The environment of a program for whose outer namespace this process cares. */
export function toKeptEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { pid, startTicks, pidNamespace } = readOwnIdentity();
  return { ...env, [keeperVariable]: `${pid}-${startTicks}-${pidNamespace}` };
}

/** True inside of an outer namespace that another process keeps: that one removes what was left behind, since it sees which processes live. */
export function isKept(env: NodeJS.ProcessEnv = process.env): boolean {
  return parseKeeper(env) !== undefined;
}

function parseKeeper(env: NodeJS.ProcessEnv): GroupOwner | undefined {
  return parseGroupName(`quicksand-${env[keeperVariable]}-00000000`);
}

/** This process as an owner, or the one that keeps its outer namespace. */
export function readOwnIdentity(): GroupOwner {
  const keeper = parseKeeper(process.env);
  if (keeper) return keeper;
  const pidNamespace = Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);
  return { pid: process.pid, startTicks: readStartTicks(process.pid) ?? 0, pidNamespace };
}

/** True when the owner is known to be gone: one in another pid namespace cannot be judged from here. */
export function isOwnerGone(
  owner: GroupOwner,
  here: GroupOwner,
  startTicksOf: (pid: number) => number | undefined,
): boolean {
  return owner.pidNamespace === here.pidNamespace && startTicksOf(owner.pid) !== owner.startTicks;
}
