import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineProject } from 'vitest/config';

/** What is tested here runs in the Workers runtime. */
export default defineProject({
  plugins: [cloudflareTest({ main: './test/agent.ts', miniflare: { compatibilityDate: '2026-11-01', cf: false } })],
  resolve: { conditions: ['quicksand-source'] },
  test: { name: 'workerd', include: ['test/**/*.test.ts'] },
});
