import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { Response } from 'miniflare';
import { defineProject } from 'vitest/config';

/** What is tested here runs in the Workers runtime. */
export default defineProject({
  plugins: [
    cloudflareTest({
      main: './test/agent.ts',
      miniflare: {
        compatibilityDate: '2026-11-01',
        cf: false,
        // What a test gets from outside: a body that comes over a connection.
        outboundService: () => new Response(new Uint8Array(200_000).fill(7)),
      },
    }),
  ],
  resolve: { conditions: ['quicksand-source'] },
  test: { name: 'workerd', include: ['test/**/*.test.ts'], testTimeout: 20_000 },
});
