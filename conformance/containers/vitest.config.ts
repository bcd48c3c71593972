import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

const { projects: _, ...shared } = base.test ?? {};

/** `npm run test:containers`: these tests need podman and images that are built before. */
export default defineConfig({
  ...base,
  test: {
    ...shared,
    include: ['conformance/containers/*.test.ts'],
    fileParallelism: false,
    // All that runs in a container has together the share of the processor that one program beside it has.
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
