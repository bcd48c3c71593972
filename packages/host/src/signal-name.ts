import { constants } from 'node:os';

/** The name of a signal; `SIGRTMIN` and its like have none here. */
export function toSignalName(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
