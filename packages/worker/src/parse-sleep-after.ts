import { SandboxError } from '@quicksand/protocol';

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** A length of time in milliseconds: a number of seconds, or a text such as `'30s'`, `'10m'` or `'2h'`. Throws `invalid_request`. */
export function parseSleepAfter(value: string | number): number {
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d+)?)([smh])$/.exec(String(value)) ?? [];
  const amount = typeof value === 'number' ? value : Number(digits);
  const ms = amount * (units[unit] ?? 0);
  if (Number.isFinite(ms) && ms > 0) return ms;
  throw new SandboxError('invalid_request', {
    message: `sleepAfter of the class Sandbox is ${JSON.stringify(value)}`,
    hint: 'give a number of seconds above 0, or a text such as "30s", "10m" or "2h"',
  });
}
