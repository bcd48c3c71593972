import type { Row } from './bench.ts';
import { fiftyContexts, newJavaScriptContext, newPythonContext } from './rows/contexts.ts';
import { growing } from './rows/growing.ts';
import { memoryJavaScript, memoryPython } from './rows/memory.ts';
import { hundredAtOnce, newSandboxCold, newSandboxWarm } from './rows/new-sandbox.ts';
import { bigString, printLatency, shortPrints } from './rows/output.ts';
import { pictures } from './rows/pictures.ts';
import { roundTrip, roundTripJavaScript } from './rows/round-trip.ts';
import { throughput, throughputJavaScript } from './rows/throughput.ts';
import { worker } from './rows/worker.ts';

/** Every row, in the order in which they are run. */
export const rows: readonly Row[] = [
  newSandboxWarm,
  newSandboxCold,
  hundredAtOnce,
  newPythonContext,
  newJavaScriptContext,
  fiftyContexts,
  roundTrip,
  roundTripJavaScript,
  printLatency,
  shortPrints,
  bigString,
  pictures,
  throughput,
  throughputJavaScript,
  memoryPython,
  memoryJavaScript,
  growing,
  worker,
];
