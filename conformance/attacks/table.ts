/** What must become of an attack. */
export type Expected =
  /** Every attempt that the program makes is refused by an error. */
  | { readonly refused: true }
  /** It runs, and harms nobody; `says` is what it prints. */
  | { readonly contained: RegExp; readonly outcomes?: readonly string[] }
  /** It ends as this, with an error of this name. */
  | { readonly named: string };

/** One row: a program of the folder of its language, and what must become of it. */
export interface Attack {
  readonly name: string;
  readonly expected: Expected;
  /** Milliseconds; else 10 s. */
  readonly timeout?: number;
  /** True where it uses up what others need to be quick: then nothing else runs beside it. */
  readonly heavy?: true;
}

const refused = { refused: true } as const;

/** The attacks in Python. */
export const pythonAttacks: readonly Attack[] = [
  { name: 'host-files', expected: refused },
  { name: 'host-users', expected: { contained: /^\['nobody', 'root', 'user'\] sandbox\n$/ } },
  { name: 'host-environment', expected: { contained: /^True \[\]\n$/ } },
  { name: 'other-sandbox', expected: refused },
  { name: 'list-processes', expected: { contained: /^\['python', 'sleep'\]\n$/ } },
  { name: 'signal-others', expected: refused },
  { name: 'signal-everybody', expected: { named: 'ProcessLookupError' } },
  { name: 'mount', expected: refused },
  { name: 'namespaces', expected: refused },
  { name: 'ptrace', expected: refused },
  { name: 'chroot', expected: refused },
  { name: 'descriptors-of-others', expected: { contained: /^(\S+: refused, \w+\n)*$/ } },
  { name: 'raw-sockets', expected: refused },
  { name: 'network', expected: refused },
  { name: 'host-sockets', expected: refused },
  { name: 'become-root', expected: refused },
  { name: 'kernel-interfaces', expected: refused },
  { name: 'devices', expected: refused },
  { name: 'write-system', expected: refused },
  { name: 'priorities', expected: refused },
  { name: 'terminals', expected: refused },
  { name: 'crash-dumps', expected: { contained: /^\(1, 1\) \[\]\n$/ } },
  { name: 'shared-memory', expected: { contained: /^\[0, 0, 0\]\n$/ } },
  { name: 'forged-events', expected: { contained: /execution_complete/, outcomes: ['error'] } },
  { name: 'forged-end', expected: { contained: /^$/ } },
  { name: 'forged-names', expected: { named: 'user:Quicksand.OutOfMemory' } },
  { name: 'forged-marker', expected: { contained: /(QS.*){3}/s } },
  { name: 'giant-length', expected: { named: 'Quicksand.ProtocolViolation' } },
  { name: 'deep-result', expected: { named: 'Quicksand.ProtocolViolation' } },
  { name: 'replaced-descriptors', expected: { contained: /^still told\n$/ } },
  { name: 'library-of-the-kernel', expected: { contained: /^/, outcomes: ['ok', 'error', 'killed'] } },
  { name: 'kill-own-kernel', expected: { named: 'Quicksand.KernelKilled' } },
  { name: 'kill-the-holder', expected: { contained: /^$/ } },
  { name: 'unkillable', expected: { named: 'Quicksand.Timeout' }, timeout: 300 },
  { name: 'holder-speaks', expected: { contained: /^$/ } },
  { name: 'descriptors-for-the-host', expected: { contained: /^x*$/ } },
  { name: 'fork-bomb', expected: { named: 'Quicksand.TooManyProcesses' }, heavy: true },
  { name: 'fork-bomb-detached', expected: { named: 'Quicksand.Timeout' }, timeout: 1000, heavy: true },
  { name: 'thread-bomb', expected: { named: 'Quicksand.TooManyProcesses' }, heavy: true },
  { name: 'zombies', expected: { named: 'Quicksand.TooManyProcesses' }, heavy: true },
  { name: 'orphans', expected: { contained: /^2000\n$/ }, timeout: 30_000, heavy: true },
  { name: 'memory-bomb', expected: { named: 'Quicksand.OutOfMemory' }, heavy: true },
  { name: 'memory-bomb-of-a-child', expected: { named: 'CalledProcessError' }, heavy: true },
  { name: 'memory-of-the-kernel', expected: { contained: /^/, outcomes: ['ok', 'killed'] }, heavy: true },
  { name: 'page-tables', expected: { named: 'Quicksand.OutOfMemory' }, heavy: true },
  { name: 'disk-bomb', expected: { contained: /^ENOSPC (3|4)\d\n$/ }, heavy: true },
  { name: 'disk-bomb-unseen', expected: { contained: /^ENOSPC (2|3)\d\n$/ }, heavy: true },
  { name: 'inode-bomb', expected: { contained: /^ENOSPC (1\d\d\d|\d{3})\n$/ }, heavy: true },
  { name: 'tmp-bombs', expected: { contained: /^(\S+ ENOSPC 299\n\S+ ENOSPC 8\n){3}$/ }, heavy: true },
  { name: 'odd-files', expected: { contained: /^(ENOSPC\n)?True\n$/ }, heavy: true },
  { name: 'descriptor-exhaustion', expected: { contained: /^EMFILE True\n$/ }, heavy: true },
  { name: 'descriptors-in-flight', expected: { contained: /^ETOOMANYREFS True\n$/ }, heavy: true },
  { name: 'output-flood', expected: { named: 'Quicksand.OutputLimit' }, heavy: true },
  { name: 'output-flood-of-children', expected: { named: 'Quicksand.OutputLimit' }, heavy: true },
  { name: 'cpu-hog', expected: { named: 'Quicksand.Timeout' }, timeout: 1000, heavy: true },
  { name: 'tiny-frames', expected: { named: 'Quicksand.Timeout' }, timeout: 1000, heavy: true },
  { name: 'late-frames', expected: { named: 'Quicksand.Timeout' }, timeout: 1000, heavy: true },
];

/** The attacks in JavaScript: what differs is the program that runs them. */
export const javascriptAttacks: readonly Attack[] = [
  { name: 'host-files', expected: refused },
  { name: 'network', expected: refused },
  { name: 'signal-others', expected: refused },
  { name: 'exit', expected: { named: 'Quicksand.KernelExited' } },
  { name: 'busy', expected: { named: 'Quicksand.Timeout' }, timeout: 500 },
  { name: 'fork-bomb', expected: { named: 'Quicksand.TooManyProcesses' }, heavy: true },
  { name: 'memory-bomb', expected: { named: 'Quicksand.OutOfMemory' }, heavy: true },
];
