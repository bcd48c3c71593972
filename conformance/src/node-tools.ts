import { expect, test } from 'vitest';
import { startCommand } from './command-run.ts';
import type { Suite } from './suite.ts';

export function describeNodeTools(suite: Suite): void {
  suite.topic('node and npm', () => {
    test.concurrent('both are there for commands, and npm installs a package offline', async () => {
      const box = suite.box();
      const run = async (line: string): Promise<string> => {
        const { stdout, stderr, end } = await (await startCommand(suite.client, box, line)).rest();
        expect(end.exitCode, stderr).toBe(0);
        return stdout;
      };
      expect(await run('node --version')).toMatch(/^v24\./);
      await run(`mkdir /tmp/p && cd /tmp/p && echo '{"name":"seven","version":"1.0.0"}' > package.json &&
        echo 'module.exports = 7' > index.js && npm pack --silent`);
      await run('npm install --offline --no-audit --no-fund --silent /tmp/p/seven-1.0.0.tgz');
      expect(await run(`node -p 'require("seven")'`)).toBe('7\n');
    });
  });
}
