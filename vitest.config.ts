import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The workspace's packages are tested from their sources; `npm run build` is not needed first.
  resolve: { conditions: ['quicksand-source'] },
  ssr: { resolve: { conditions: ['quicksand-source'] } },
  test: {
    globalSetup: ['packages/kernels/javascript/build.mjs'],
    include: ['packages/*/test/**/*.test.ts', 'conformance/test/**/*.test.ts', 'bench/test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
