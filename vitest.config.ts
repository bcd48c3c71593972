import { configDefaults, defineConfig } from 'vitest/config';

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
