import type { CountedProgram } from './counted-program.ts';

/** How the programs of the faults are written in one language. */
export interface SoakLanguage {
  readonly language: 'python' | 'javascript';
  /** The program, which first notes in the kept workspace that it runs; `after` is what it does at its end. */
  readonly toCode: (program: CountedProgram, after?: string) => string;
  readonly forever: string;
  /** Code that ends its kernel, and by what name that is told. */
  readonly deaths: Readonly<Record<string, string>>;
}

const python: SoakLanguage = {
  language: 'python',
  toCode: ({ name, steps }, after = '') => `
import json, os, subprocess, sys, time
with open('/workspace/journal', 'a') as file: file.write(${JSON.stringify(name)} + '\\n')
for kind, value in json.loads(${JSON.stringify(JSON.stringify(steps))}):
    if kind == 'out': print(value)
    elif kind == 'err': print(value, file=sys.stderr)
    elif kind == 'child': subprocess.run(['echo', value])
    elif kind == 'show': display(value)
    elif kind == 'sleep': time.sleep(value / 1000)
    else:
        for n in range(value): print(f${JSON.stringify(`${name} {n} of {value}`)})
${after}`,
  forever: 'while True: pass',
  deaths: {
    'os._exit(7)': 'Quicksand.KernelExited',
    'os.kill(os.getpid(), 9)': 'Quicksand.KernelKilled',
  },
};

const javascript: SoakLanguage = {
  language: 'javascript',
  toCode: ({ name, steps }, after = '') => `
require('node:fs').appendFileSync('/workspace/journal', ${JSON.stringify(`${name}\n`)});
for (const [kind, value] of ${JSON.stringify(steps)}) {
  if (kind === 'out') console.log(value);
  else if (kind === 'err') console.error(value);
  else if (kind === 'child') require('node:child_process').spawnSync('echo', [value], { stdio: 'inherit' });
  else if (kind === 'show') display(value);
  else if (kind === 'sleep') await new Promise((go) => setTimeout(go, value));
  else for (let n = 0; n < value; n++) console.log(${JSON.stringify(name)} + \` \${n} of \${value}\`);
}
${after};undefined`,
  forever: 'while (true)',
  deaths: {
    "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})": 'Quicksand.KernelKilled',
  },
};

/** One for each language that has a kernel of its own. */
export const soakLanguages: readonly SoakLanguage[] = [python, javascript];
