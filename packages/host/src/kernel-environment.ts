import { delimiter } from 'node:path';
import type { Environment } from './environment.ts';

/** The environment of the zygote and of every kernel, before that of its context. */
export function toKernelEnv({ prefix, mplConfig, node }: Environment): Record<string, string> {
  return {
    PATH: [
      // What pip and npm install for the sandbox alone, and the Python that has it.
      '/workspace/.local/bin',
      '/opt/quicksand/bin',
      ...(prefix === '/usr' ? [] : [`${prefix}/bin`]),
      `${node.prefix}/bin`,
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
    ].join(delimiter),
    HOME: '/home/user',
    USER: 'user',
    LOGNAME: 'user',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    NPM_CONFIG_GLOBALCONFIG: '/etc/npmrc',
    OPENBLAS_NUM_THREADS: '1',
    OMP_NUM_THREADS: '1',
    MPLBACKEND: 'module://matplotlib_inline.backend_inline',
    MPLCONFIGDIR: mplConfig,
  };
}

/** The folders outside `/usr` that programs need, each once. */
export function toReadOnlyFolders({ prefix, basePrefix, mplConfig, node }: Environment): string[] {
  const outside = [...new Set([prefix, basePrefix, mplConfig, node.prefix])].filter(
    (folder) => folder !== '/usr' && !folder.startsWith('/usr/'),
  );
  return outside.filter((folder) => !outside.some((other) => other !== folder && folder.startsWith(`${other}/`)));
}
