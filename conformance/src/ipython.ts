import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** What users of Jupyter expect of IPython: cells of one context, and what each shows. */
const cells: Readonly<Record<string, readonly (readonly [code: string, order: readonly string[]])[]>> = {
  'the magics of folders': [
    ['%cd /tmp', ['stdout /tmp\n']],
    ['cd ..', ['stdout /\n']],
    ['%pushd /tmp', ['stdout /tmp\n', `result ['/']`]],
    ['%popd', ['stdout /\npopd -> /\n']],
    [
      '%cd -q /workspace\n%bookmark here\n%cd -q /\n%cd -b here',
      ['stdout (bookmark:here) -> /workspace\n/workspace\n'],
    ],
    ['import os\nos.getcwd(), sorted(os.listdir("."))', [`result ('/workspace', [])`]],
  ],
  'values that are stored': [
    ['%load_ext storemagic\nx = [1]\n%store x', [`stdout Stored 'x' (list)\n`]],
    ['x.append(2)\n%store -r x\nx', ['result [1]']],
    ['%store -d x\n%store -z\nget_ipython().db.keys()', ['result []']],
  ],
};

export function describeIpython(suite: Suite): void {
  suite.topic('IPython', () => {
    test.concurrent.for(Object.entries(cells))('%s', async ([, steps]) => {
      const box = suite.box();
      for (const [code, order] of steps) {
        expect((await box.run(code)).order, code).toEqual(order);
      }
    });
  });
}
