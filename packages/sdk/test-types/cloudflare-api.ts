// Proves that the code interpreter API of this package and of @cloudflare/sandbox are the same types, both ways.
// This file runs nowhere: it holds when it compiles.

import type * as Theirs from '@cloudflare/sandbox';
import type { Container } from '@cloudflare/containers';
import type * as Ours from '@quicksand/sdk';

type IsAny<T> = 0 extends 1 & T ? true : false;
type Fits<From, To> =
  IsAny<From> extends true ? false : IsAny<To> extends true ? false : [From] extends [To] ? true : false;
type BothWays<A, B> = [Fits<A, B>, Fits<B, A>] extends [true, true] ? true : false;
type Assert<T extends true> = T;

type Callback<Options, Name extends keyof Options> =
  NonNullable<Options[Name]> extends (value: infer Value) => unknown ? Value : never;
type Method<Type, Name extends keyof Type> = Type[Name] extends (...values: infer Values) => Promise<infer Value>
  ? { values: Values; value: Value }
  : never;

export type Types = [
  Assert<BothWays<Ours.RunCodeOptions, Theirs.RunCodeOptions>>,
  Assert<BothWays<Ours.CreateContextOptions, Theirs.CreateContextOptions>>,
  Assert<BothWays<Ours.CodeContext, Theirs.CodeContext>>,
  Assert<BothWays<Ours.ExecutionResult, Theirs.ExecutionResult>>,
  Assert<BothWays<Ours.Result, Callback<Theirs.RunCodeOptions, 'onResult'>>>,
  Assert<BothWays<Ours.ExecutionError, Callback<Theirs.RunCodeOptions, 'onError'>>>,
  Assert<BothWays<Ours.OutputMessage, Callback<Theirs.RunCodeOptions, 'onStdout'>>>,
  Assert<BothWays<Ours.OutputMessage, Callback<Theirs.RunCodeOptions, 'onStderr'>>>,
  Assert<BothWays<Ours.ChartData, NonNullable<Callback<Theirs.RunCodeOptions, 'onResult'>['chart']>>>,
  Assert<BothWays<Ours.Execution, Awaited<ReturnType<Theirs.CodeInterpreter['runCode']>>>>,
  Assert<BothWays<Ours.BaseExecOptions, Theirs.BaseExecOptions>>,
  Assert<BothWays<Ours.ExecOptions, Theirs.ExecOptions>>,
  Assert<BothWays<Ours.StreamOptions, Theirs.StreamOptions>>,
  Assert<BothWays<Ours.ExecResult, Theirs.ExecResult>>,
  Assert<BothWays<Ours.ExecEvent, Theirs.ExecEvent>>,
  Assert<BothWays<Ours.LogEvent, Theirs.LogEvent>>,
  Assert<BothWays<Ours.ProcessOptions, Theirs.ProcessOptions>>,
  Assert<BothWays<Ours.Process, Theirs.Process>>,
  Assert<BothWays<Ours.ProcessStatus, Theirs.ProcessStatus>>,
  Assert<BothWays<Ours.WaitForPortOptions, Theirs.WaitForPortOptions>>,
  Assert<BothWays<Ours.WaitForLogResult, Theirs.WaitForLogResult>>,
  Assert<BothWays<Ours.WaitForExitResult, Awaited<ReturnType<Theirs.Process['waitForExit']>>>>,
  Assert<BothWays<Ours.ListFilesOptions, Theirs.ListFilesOptions>>,
  Assert<BothWays<Ours.FileMetadata, Theirs.FileMetadata>>,
  Assert<BothWays<Ours.FileChunk, Theirs.FileChunk>>,
  Assert<BothWays<Ours.FileStreamEvent, Theirs.FileStreamEvent>>,
  Assert<BothWays<Ours.FileEncoding, NonNullable<ReadOptions['encoding']> | 'none'>>,
  // Theirs into ours: every option that a program may give them. Ours has `token` and `fetch` beyond.
  Assert<Fits<Theirs.SandboxOptions, Ours.SandboxOptions>>,
  Assert<Fits<Ours.SandboxOptions, Theirs.SandboxOptions>>,
];

type Names = 'runCode' | 'runCodeStream' | 'createCodeContext' | 'listCodeContexts' | 'deleteCodeContext';
type FileNames = Exclude<keyof Ours.SandboxFiles, 'readArchive' | 'writeArchive'>;
type ReadOptions = NonNullable<Parameters<Theirs.ISandbox['readFile']>[1]>;
type FileResult<Type, Name extends FileNames & keyof Type> = Type[Name] extends (...values: never[]) => infer Answer
  ? Awaited<Answer>
  : never;
type CommandNames = Exclude<keyof Ours.SandboxCommands, 'killCommand'>;
type OurMethods = { [Name in Names]: Method<Ours.CodeInterpreter, Name> };
type TheirMethods = { [Name in Names]: Method<Theirs.CodeInterpreter, Name> };

export type Methods = [
  Assert<BothWays<OurMethods, TheirMethods>>,
  Assert<BothWays<Pick<Ours.CodeInterpreter, Names>, Pick<Theirs.CodeInterpreter, Names>>>,
  // Their `sandbox.runCode` resolves with the plain form; an Execution is one.
  Assert<Fits<Pick<Ours.Sandbox, Names>, Pick<Theirs.ISandbox, Names>>>,
  Assert<Fits<Pick<Ours.Sandbox, Names>, Ours.Sandbox['interpreter']>>,
  Assert<Fits<Pick<Ours.Sandbox, CommandNames>, Pick<Theirs.ISandbox, CommandNames>>>,
  // What theirs answers can be used as ours: they take a line where ours also takes a list.
  Assert<BothWays<Awaited<ReturnType<Ours.Sandbox['exec']>>, Awaited<ReturnType<Theirs.ISandbox['exec']>>>>,
  Assert<BothWays<Awaited<ReturnType<Ours.Sandbox['getProcess']>>, Awaited<ReturnType<Theirs.ISandbox['getProcess']>>>>,
  Assert<Fits<Pick<Ours.Sandbox, FileNames>, Pick<Theirs.ISandbox, FileNames>>>,
  Assert<Fits<Pick<Ours.Sandbox, FileNames>, Pick<Theirs.Sandbox, FileNames>>>,
  Assert<
    BothWays<
      { [Name in FileNames]: FileResult<Ours.Sandbox, Name> },
      { [Name in FileNames]: FileResult<Theirs.ISandbox, Name> }
    >
  >,
  Assert<BothWays<typeof Ours.streamFile, typeof Theirs.streamFile>>,
  Assert<BothWays<typeof Ours.collectFile, typeof Theirs.collectFile>>,
  Assert<Fits<typeof Ours.parseSSEStream, typeof Theirs.parseSSEStream>>,
  Assert<Fits<typeof Ours.responseToAsyncIterable, typeof Theirs.responseToAsyncIterable>>,
  Assert<BothWays<typeof Ours.asyncIterableToSSEStream, typeof Theirs.asyncIterableToSSEStream>>,
  Assert<Fits<typeof Ours.isExecResult, typeof Theirs.isExecResult>>,
  Assert<Fits<typeof Ours.isProcess, typeof Theirs.isProcess>>,
  Assert<BothWays<typeof Ours.isProcessStatus, typeof Theirs.isProcessStatus>>,
];

/** What their Durable Object class has for its own use and no program outside it calls. */
type Internal =
  | 'client'
  | 'configure'
  | 'setSandboxName'
  | 'callTunnels'
  | 'execWithSessionToken'
  | 'execStreamWithSessionToken'
  | `on${string}`
  | 'defaultPort'
  | 'sleepAfter'
  | 'envVars';

/** Keys of theirs that ours does not have: none may be left. */
export type Complete = [
  Assert<[Exclude<keyof Theirs.ISandbox, keyof Ours.Sandbox>] extends [never] ? true : false>,
  Assert<
    [
      Exclude<
        Exclude<keyof Theirs.Sandbox, Exclude<keyof Container, 'fetch' | 'stop' | 'containerFetch' | 'destroy'>>,
        keyof Ours.Sandbox | Internal
      >,
    ] extends [never]
      ? true
      : false
  >,
  Assert<[Exclude<keyof Theirs.Sandbox['tunnels'], keyof Ours.Sandbox['tunnels']>] extends [never] ? true : false>,
  // The check itself notices a missing name: `exec` is one of theirs.
  Assert<'exec' extends keyof Theirs.Sandbox & keyof Theirs.ISandbox ? true : false>,
];

/** The checks themselves notice what they are for. */
export type Controls = [
  // @ts-expect-error -- a missing option
  Assert<BothWays<Omit<Ours.RunCodeOptions, 'context'> & { context: string }, Theirs.RunCodeOptions>>,
  // @ts-expect-error -- any is no proof
  Assert<Fits<Ours.Result, any>>, // oxlint-disable-line no-explicit-any
  // @ts-expect-error -- another result
  Assert<BothWays<Ours.Execution, Theirs.ExecutionResult>>,
];
