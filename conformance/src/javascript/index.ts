import type { Suite } from '../suite.ts';
import { describeChangedLanguage } from './changed-language.ts';
import { describeScriptEnds } from './ends.ts';
import { describeScriptErrors } from './errors.ts';
import { describeScriptModules } from './modules.ts';
import { describeScriptOutput } from './output.ts';
import { describeScriptPeerFaults } from './peer-faults.ts';
import { describeScriptResults } from './results.ts';
import { describeShadowedGlobals } from './shadowed-globals.ts';
import { describeScriptState } from './state.ts';
import { describeTypeScript } from './typescript.ts';

/** The cases of JavaScript and TypeScript. */
export function describeScripts(suite: Suite): void {
  describeScriptState(suite);
  describeScriptModules(suite);
  describeScriptResults(suite);
  describeScriptErrors(suite);
  describeScriptOutput(suite);
  describeScriptEnds(suite);
  describeTypeScript(suite);
  describeShadowedGlobals(suite);
  describeScriptPeerFaults(suite);
  describeChangedLanguage(suite);
}
