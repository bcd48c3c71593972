import { Session } from 'node:inspector';
import { Cells } from './cells.ts';
import { Channel } from './channel.ts';
import { createDisplay } from './display.ts';
import { ownFunctionTexts } from './function-texts.ts';
import { InterruptGate } from './interrupt-gate.ts';
import { Kernel } from './kernel.ts';
import { aroundSeemingEnds, beforeLeaving } from './leave-process.ts';
import { Modules } from './modules.ts';
import { RawOutput } from './raw-output.ts';
import { kernelName } from './rewrite-code.ts';
import { ownSignals } from './signals.ts';
import { ownStacks } from './stacks.ts';
import { ownStandardInput } from './standard-input.ts';
import { TextBurst } from './text-burst.ts';
import { TextStreams } from './text-streams.ts';
import { stopTimersOfStopped } from './timers.ts';
import { takeUncaughtErrors } from './uncaught-errors.ts';
import { UserArray, UserTypeError, forUser, toUser, tryForUser, withOwnMethods } from './user-realm.ts';
import { Variables } from './variables.ts';
import { WatchState } from './watch-state.ts';
import { WatchThread } from './watch-thread.ts';

// The kernel of JavaScript and TypeScript: a program inside the sandbox, with the channel as descriptor 3 and the pipes as 4 and 5 (docs/kernel-channel.md).

/** What was read of the channel before this was loaded: a part of a frame. */
declare const first: Uint8Array;

process.argv = UserArray.of(process.execPath, '');
process.execArgv = UserArray.of<string>();

const cells = new Cells();
const session = withOwnMethods(new Session());
session.connect();
const modules = new Modules();
const variables = new Variables();
const state = new WatchState();
const channel = new Channel(
  {
    onExecute: (frame, interrupts) => kernel.onExecute(frame, interrupts),
    onLateInterrupt: (frame) => kernel.onLateInterrupt(frame),
  },
  state,
  first,
);
const burst = new TextBurst(
  (stream, execution, payload) => channel.send(stream, execution, payload),
  state,
  (work) => gate.squeezeIn(work),
);
channel.flush = () => burst.flush();
const kernel = new Kernel({ channel, modules, cells, variables, burst });

const constant = new Proxy(Object.create(null) as object, {
  set: () => {
    throw new UserTypeError('Assignment to constant variable.');
  },
});
/** What rewritten code and the watcher call. */
const given = {
  constant,
  get meta(): object {
    return modules.meta;
  },
  load: (specifier: unknown, options?: unknown) => toUser(kernel.load(specifier, options)),
  get broken(): unknown {
    return modules.broken;
  },
  thrown: (value: unknown) => kernel.thrown(value),
  values: variables.values,
  put: variables.put,
  poke: () => gate.poke(),
  flush: () => gate.squeezeIn(() => channel.release()),
};
Object.defineProperty(globalThis, kernelName, { value: Object.freeze(given) });
const display = createDisplay(
  (formats) => tryForUser(() => kernel.show(formats)),
  () => kernel.charts,
);
Object.defineProperty(globalThis, 'display', { value: forUser(display), writable: true, configurable: true });

ownStacks(cells, __dirname);
ownFunctionTexts();
const thread = new WatchThread(state, `${__dirname}/watcher.cjs`);
const gate = new InterruptGate(session, kernel, { state, thread, kernelFolder: __dirname });
beforeLeaving(() => {
  gate.close();
  burst.stopJoining();
  channel.release();
});
aroundSeemingEnds((work) => {
  channel.release();
  return gate.withoutWatcher(work);
});
channel.gate = gate;
const streams = new TextStreams((stream, text) => kernel.write(stream, text));
ownStandardInput();
new RawOutput(channel, modules);
stopTimersOfStopped();
ownSignals((work) => kernel.inItsName(work));
takeUncaughtErrors((error) => kernel.onUncaught(error));
process.removeAllListeners('warning');
process.on('warning', ({ name, message, code, detail }: NodeJS.ErrnoException & { readonly detail?: unknown }) => {
  if (name === 'ExperimentalWarning') return;
  const [before, behind] = [code ? `[${code}] ` : '', typeof detail === 'string' ? `\n${detail}` : ''];
  process.stderr.write(`(node) ${before}${name}: ${message}${behind}\n`);
});
// While code runs nothing else may keep the process alive.
setInterval(() => {}, 2 ** 30);
kernel.start(gate, streams);
