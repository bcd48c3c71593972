/**
 * The names (`ename`) of `error` events that the host itself writes, with what each means (R10).
 * No user code can be confused with them: the host renames an error of user code that begins with {@link hostFailurePrefix}.
 */
export const hostFailures = {
  'Quicksand.Timeout': 'the code ran longer than its timeout',
  'Quicksand.Interrupted': 'the execution was cancelled or interrupted',
  'Quicksand.KernelExited': 'the code ended its own kernel, for example by os._exit',
  'Quicksand.KernelKilled': 'a signal ended the kernel, for example a segmentation fault',
  'Quicksand.OutOfMemory': 'the code needed more memory than its limit',
  'Quicksand.TooManyProcesses': 'the code started more processes or threads than its limit',
  'Quicksand.OutputLimit': 'the code wrote more output than its limit',
  'Quicksand.DiskLimit': 'the workspace was larger than its limit, which nothing but a watch enforces on this host',
  'Quicksand.ProtocolViolation': 'the kernel sent something malformed to the host and was ended',
  'Quicksand.ContextDeleted': 'the context or its sandbox was deleted, restarted or put to sleep while the code ran',
  'Quicksand.HostClosing': 'the host shut down while the code ran',
  'Quicksand.ExitUnknown': 'a command ended while the host could not watch it',
  'Quicksand.KernelStartFailed': 'no kernel could be started for the context',
} as const;

/** A name of {@link hostFailures}. */
export type HostFailure = keyof typeof hostFailures;

/** What every name of {@link hostFailures} begins with. */
export const hostFailurePrefix = 'Quicksand.';
