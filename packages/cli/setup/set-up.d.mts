/** Shows what a step is doing at the moment. */
export type Report = (line: string) => void;

export interface Progress {
  step: <T extends { note?: string } | void>(title: string, work: (report: Report) => Promise<T>) => Promise<T>;
  notice: (text: string) => void;
}

/** What `<data folder>/environment.json` holds of Python. */
export interface PythonEnvironment {
  python: string;
  prefix: string;
  basePrefix: string;
  version: string;
  packages: Record<string, string>;
  /** Optional packages that it lacks. */
  missing: string[];
  source: 'pypi' | 'debian' | 'QUICKSAND_PYTHON';
  /** The folder of matplotlib's font cache. */
  mplConfig: string;
}

/** What `<data folder>/environment.json` holds as `node`. */
export interface NodeEnvironment {
  program: string;
  /** A folder with `bin` and `lib`, as Node's own archives have them. */
  prefix: string;
  version: string;
  /** npm's version. */
  npm: string;
}

/** Something that stops set-up and that its user can mend. */
export class SetupProblem extends Error {
  constructor(message: string, more?: { hint?: string; output?: string });
  hint: string;
  output: string;
}

/** `$QUICKSAND_HOME`, else `/var/lib/quicksand` for root, else `quicksand` in `$XDG_DATA_HOME`. */
export function dataFolder(env?: NodeJS.ProcessEnv): string;

/** One line per step with its time, on standard error unless told otherwise. */
export function createProgress(stream?: NodeJS.WriteStream): Progress;

/** Finds or installs bubblewrap; throws a `SetupProblem` when it cannot, or when it may not make namespaces here. */
export function ensureBubblewrap(options?: {
  report?: Report;
}): Promise<{ bwrap: string; version: string; note: string }>;

/** Finds or installs newuidmap, newgidmap and fuse2fs; throws a `SetupProblem`. */
export function ensureUserPrograms(options?: { report?: Report }): Promise<{ note: string }>;

/**
 * Finds or makes the Python environment and writes it into `<data folder>/environment.json`; throws a `SetupProblem`.
 * `requirementsFolder` holds requirements.in and requirements.lock (`packages/kernels/python`).
 */
export function ensurePythonEnvironment(
  requirementsFolder: string,
  options?: { report?: Report; notice?: (text: string) => void; again?: boolean },
): Promise<PythonEnvironment & { note: string }>;

/** Copies Node and npm to where sandboxes can reach them and writes `node` of `<data folder>/environment.json`; throws a `SetupProblem`. */
export function ensureNodeEnvironment(options?: { report?: Report }): Promise<NodeEnvironment & { note: string }>;

/** Writes why set-up stopped and what to do; throws on what is no `SetupProblem`. */
export function reportProblem(error: unknown, stream?: NodeJS.WritableStream): void;
