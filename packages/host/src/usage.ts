import type { Usage } from '@quicksand/protocol';

/** What code has used that never ran. */
export const noUsage: Usage = { wallMs: 0, cpuMs: 0, peakMemoryBytes: 0 };

/** What code has used, its times as they are told: never less than nothing, and to the microsecond. */
export function toUsage({ wallMs, cpuMs, peakMemoryBytes }: Usage): Usage {
  return { wallMs: toMicroseconds(wallMs), cpuMs: toMicroseconds(cpuMs), peakMemoryBytes };
}

function toMicroseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}
