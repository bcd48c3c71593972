import { type WeakPart, version, weakParts } from '@quicksand/host/about';
import { SandboxError, languageNames } from '@quicksand/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { asRoot } from './as-root.ts';
import { isSurvived, surviveOutputErrors } from './output-errors.ts';
import { withRemoteOptions } from './remote.ts';
import { reportError } from './report-error.ts';

/** An action whose file is loaded when it is asked for: most need no host, which is most of what there is. */
function lazily<Args extends readonly unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  return async (...args) => (await load())(...args);
}

function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function parseLimit(text: string, before: Readonly<Record<string, number>>): Record<string, number> {
  const limits = { ...before };
  for (const part of text.split(',').filter(Boolean)) {
    const [, name, value] = /^(\w+)=([\d.]+)$/.exec(part) ?? [];
    if (name === undefined) throw new InvalidArgumentError('It must be NAME=NUMBER, for example pids=64.');
    limits[name] = Number(value);
  }
  return limits;
}

function parseWeakParts(text: string, before: readonly WeakPart[]): WeakPart[] {
  if (text === '') return [...before]; // a variable that is set to nothing
  return [...before, ...text.split(',').map((part) => weakParts.find((known) => known === part) ?? failPart(part))];
}

function parseVariable(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...before, [name]: value };
}

function failPart(part: string): never {
  throw new InvalidArgumentError(`${part} is none of: ${weakParts.join(', ')}.`);
}

const program = new Command('quicksand')
  .description('Runs untrusted code in isolated sandboxes and streams what it does.')
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError('(quicksand --help lists the commands)');

const allowWeak = new Option('--allow-weak <parts>', `goes on although this machine lacks: ${weakParts.join(', ')}`)
  .env('QUICKSAND_ALLOW_WEAK')
  .argParser(parseWeakParts)
  .default([]);

program
  .command('setup')
  .description('install what sandboxes need: bubblewrap and a Python environment')
  .action(lazily(async () => (await import('./setup.ts')).setup));

program
  .command('doctor')
  .description('say what this machine offers, what a host enforces here, and how to mend what is missing')
  .option('--json', 'print it as one JSON object')
  .addOption(allowWeak)
  .action(
    asRoot(
      lazily(async () => (await import('./doctor.ts')).doctor),
      { orAsIs: true },
    ),
  );

program
  .command('serve')
  .description('serve the HTTP protocol')
  .option('--port <number>', 'port; 0 takes a free one', parseWholeNumber, 7070)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .addOption(
    new Option('--token <token>', 'bearer token that clients must send; made and printed if left out').env(
      'QUICKSAND_TOKEN',
    ),
  )
  .option('--pool <number>', 'blank sandboxes that are kept ready', parseWholeNumber, 2)
  .addOption(
    new Option(
      '--limit <name=number>',
      'changes one of the limits of the host and its sandboxes, or several with commas; may be repeated',
    )
      .env('QUICKSAND_LIMITS')
      .argParser(parseLimit)
      .default({}),
  )
  .addOption(allowWeak)
  .action(asRoot(lazily(async () => (await import('./serve.ts')).serve)));

program
  .command('run')
  .description('run a file of code in a fresh sandbox; its output passes through live')
  .argument('<file>', 'the file, or - for standard input')
  .addOption(new Option('--language <language>', 'default: by the file name, else python').choices(languageNames))
  .option('--timeout <ms>', 'longest time that the code may run, in milliseconds', parseWholeNumber)
  .option('--pictures <folder>', 'where pictures are saved', '.')
  .addOption(allowWeak)
  .option('--json', 'print the events, one JSON object a line')
  .action(asRoot(lazily(async () => (await import('./run.ts')).run)));

program
  .command('enter')
  .description('run a program that embeds a host, as an ordinary user: in a namespace where it may isolate sandboxes')
  .argument('<program>')
  .argument('[arguments...]')
  .addOption(allowWeak)
  .passThroughOptions()
  .action(lazily(async () => (await import('./enter.ts')).enter));

withRemoteOptions(program.command('exec'))
  .description('run a command in a sandbox of a running host; its output passes through live')
  .argument('<sandbox>', 'the id of the sandbox, which starts if it does not run')
  .argument('<command...>', 'behind --: a line for the shell, or a program and its arguments')
  .passThroughOptions()
  .option('--cwd <folder>', 'folder that it starts in; /workspace if left out')
  .option('--env <name=value>', 'an environment variable; may be repeated', parseVariable, {})
  .option('--timeout <ms>', 'longest time that it may run, in milliseconds', parseWholeNumber)
  .option('-i, --stdin', 'hand on standard input, once it has ended')
  .action(lazily(async () => (await import('./exec.ts')).exec));

withRemoteOptions(program.command('cp'))
  .description('copy a file or a folder into a sandbox of a running host, or out of one')
  .argument('<source>', 'a path here, SANDBOX:PATH, or - for standard input')
  .argument('<destination>', 'the same; - is standard output. A relative path in a sandbox begins at /workspace')
  .option('--progress', 'say how far it is, also where standard error is no terminal')
  .action(lazily(async () => (await import('./cp.ts')).cp));

withRemoteOptions(program.command('ls'))
  .description('list the sandboxes of a running host, or what is in a folder of one')
  .argument('[place]', 'SANDBOX or SANDBOX:PATH')
  .option('-r, --recursive', 'also what is below its folders')
  .option('-a, --all', 'also names that begin with a dot')
  .option('--json', 'print one JSON object a line')
  .action(lazily(async () => (await import('./ls.ts')).ls));

withRemoteOptions(program.command('rm'))
  .description('end sandboxes of a running host, their processes and their files')
  .argument('<sandbox...>')
  .action(lazily(async () => (await import('./rm.ts')).rm));

/** What the machine refuses, such as a file that cannot be written. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

surviveOutputErrors();
try {
  await program.parseAsync();
} catch (error) {
  if (!SandboxError.is(error) && !isSystemError(error)) throw error;
  if (!isSurvived(error)) reportError(error);
  process.exitCode = 2;
}
