import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeBadInput } from './bad-input.ts';
import { describeCommandLoad } from './command-load.ts';
import { describeCommands } from './commands.ts';
import { describeContexts } from './contexts.ts';
import { describeDeaths } from './deaths.ts';
import { describeEnds } from './ends.ts';
import { describeEnv } from './env.ts';
import { describeEnvironment } from './environment.ts';
import { describeErrors } from './errors.ts';
import { describeFileAttacks } from './file-attacks.ts';
import { describeFiles } from './files.ts';
import { describeFileTransfers } from './file-transfers.ts';
import { describeIdentity } from './identity.ts';
import { describeIpython } from './ipython.ts';
import { describeLifetime } from './lifetime.ts';
import { describeScripts } from './javascript/index.ts';
import { describeLimits } from './limits.ts';
import { describeComplete, describeLive } from './live.ts';
import { describeLoad } from './load.ts';
import { describePackages } from './packages.ts';
import { describePeerFaults } from './peer-faults.ts';
import { describeProcesses } from './processes.ts';
import { describeResults } from './results.ts';
import { describeResume } from './resume.ts';
import { describeSdkFiles } from './sdk-files.ts';
import { describeSdk } from './sdk.ts';
import { describeSdkCommands } from './sdk-commands.ts';
import { describeShown } from './shown.ts';
import { describeState } from './state.ts';
import { describeOrder, describeText } from './streams.ts';
import { Suite } from './suite.ts';
import type { OpenTarget, Target } from './target.ts';

export type { OpenTarget, Target } from './target.ts';

/** Registers every case over one target, which is opened once and closed at the end. */
export function describeConformance(name: string, open: OpenTarget): void {
  describeTarget(name, open, (suite) => {
    describeLive(suite);
    describeOrder(suite);
    describeComplete(suite);
    describeText(suite);
    describeResults(suite);
    describeShown(suite);
    describeErrors(suite);
    describeIpython(suite);
    describeState(suite);
    describeEnvironment(suite);
    describeContexts(suite);
    describeEnds(suite);
    describeDeaths(suite);
    describeLimits(suite);
    describeIdentity(suite);
    describeResume(suite);
    describeCommands(suite);
    describeProcesses(suite);
    describeEnv(suite);
    describeScripts(suite);
    describeLifetime(suite);
    describePackages(suite);
    describeFiles(suite);
    describeFileAttacks(suite);
    describeFileTransfers(suite);
    describeLoad(suite);
    describeCommandLoad(suite);
    describeBadInput(suite);
    describeSdk(suite);
    describeSdkFiles(suite);
    describeSdkCommands(suite);
    describePeerFaults(suite);
  });
}

/** Registers the cases in which it matters how a host confines and ends processes. The others are about the protocol, whoever the host's user is. */
export function describeConfinement(name: string, open: OpenTarget): void {
  describeTarget(name, open, (suite) => {
    describeComplete(suite);
    describeState(suite);
    describeEnvironment(suite);
    describeContexts(suite);
    describeEnds(suite);
    describeDeaths(suite);
    describeLimits(suite);
    describeCommands(suite);
    describeProcesses(suite);
  });
}

function describeTarget(name: string, open: OpenTarget, register: (suite: Suite) => void): void {
  describe(name, () => {
    let target: Target | undefined;
    const suite = new Suite(() => {
      if (!target) throw new Error('the target is not open');
      return target;
    });
    beforeAll(async () => {
      target = await open();
    });
    afterAll(() => target?.close());

    register(suite);

    test('at the end no sandbox is left, and closing leaves no process', async () => {
      expect((await suite.runningSandboxes()).filter((id) => id.startsWith('case-'))).toEqual([]);
      await suite.target.close();
    });
  });
}
