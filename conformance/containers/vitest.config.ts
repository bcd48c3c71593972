import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

/** `npm run test:containers`: these tests need podman and images that are built before. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['conformance/containers/*.test.ts'], fileParallelism: false, hookTimeout: 180_000 },
});
