import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Small files that take minutes, the longest first. By their size they would come last, and one of them would run on alone. */
const long = [
  'conformance/test/worker.test.ts',
  'conformance/test/embedded.test.ts',
  'conformance/test/http.test.ts',
  'conformance/test/ordinary-user.test.ts',
  'bench/test/smoke.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  // The workspace's packages are tested from their sources; `npm run build` is not needed first.
  resolve: { conditions: ['quicksand-source'] },
  ssr: { resolve: { conditions: ['quicksand-source'] } },
  test: {
    globalSetup: ['packages/kernels/javascript/build.mjs'],
    testTimeout: 20_000,
    // What a project says of hooks stands above the flag of the command, unlike what it says of tests.
    hookTimeout: Number(process.env['HOOK_TIMEOUT'] ?? 60_000),
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['packages/*/test/**/*.test.ts', 'conformance/test/**/*.test.ts', 'bench/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'packages/worker/**'],
        },
      },
      'packages/worker/vitest.config.ts',
    ],
  },
});
