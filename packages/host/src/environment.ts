import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from '@quicksand/protocol';
import { z } from 'zod';

const environmentSchema = z.looseObject({
  python: z.string(),
  prefix: z.string(),
  basePrefix: z.string(),
  version: z.string(),
  packages: z.record(z.string(), z.string()),
  /** The folder of matplotlib's font cache. */
  mplConfig: z.string(),
  /** Node and npm, in a folder with `bin` and `lib`. */
  node: z.looseObject({ program: z.string(), prefix: z.string(), version: z.string(), npm: z.string() }),
  source: z.enum(['pypi', 'debian', 'QUICKSAND_PYTHON']),
});

/** The Python and the Node that sandboxes have, as `quicksand setup` wrote it down. */
export type Environment = z.infer<typeof environmentSchema>;

/** Reads what `quicksand setup` wrote into the data folder. Throws `environment_missing`. */
export async function readEnvironment(dataFolder: string): Promise<Environment> {
  const path = join(dataFolder, 'environment.json');
  try {
    return environmentSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new SandboxError('environment_missing', {
      message: `no usable environment of Python and Node is described at ${path}`,
      hint: 'run `npx quicksand setup`',
      cause,
    });
  }
}
