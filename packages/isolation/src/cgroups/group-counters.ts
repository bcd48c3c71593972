/** What a group has used. */
export interface GroupUsage {
  readonly cpuMs: number;
  /** The most memory since the group was made, or since the last `resetPeak()`. */
  readonly peakMemoryBytes: number;
}

/** Which files of a group say what it has used; `cpu` to milliseconds. */
export const counterFiles = {
  1: {
    cpu: { file: 'cpuacct.usage', toMs: (text: string): number => Number(text) / 1e6 },
    peak: 'memory.max_usage_in_bytes',
    resetPeak: '0',
    oomKills: 'memory.oom_control',
    pidsRefused: 'pids.events',
  },
  2: {
    cpu: { file: 'cpu.stat', toMs: (text: string): number => parseFlatKeys(text, 'usage_usec') / 1e3 },
    peak: 'memory.peak',
    resetPeak: 'reset\n',
    oomKills: 'memory.events',
    pidsRefused: 'pids.events',
  },
} as const;

/** The value of `key` in a file of `key value` lines; 0 when it is not there. */
export function parseFlatKeys(text: string, key: string): number {
  const at = `\n${text}`.indexOf(`\n${key} `);
  return at < 0 ? 0 : Number.parseInt(text.slice(at + key.length), 10);
}
