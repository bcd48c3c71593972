export interface Requirement {
  /** On PyPI. */
  name: string;
  /** The name of its module. */
  import: string;
  /** Its Debian package; undefined where there is none. */
  debian: string | undefined;
  /** Kernels work without it. */
  optional: boolean;
}

/** Reads requirements.in. */
export function parseRequirements(text: string): Requirement[];

/** `requirementsFolder` holds requirements.in and requirements.lock. */
export function readRequirements(requirementsFolder: string): { list: Requirement[]; lockFile: string; lock: string };
