import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import { startCommand } from './command-run.ts';
import type { Suite } from './suite.ts';

export function describeEnv(suite: Suite): void {
  const set = (box: Box, envVars: Record<string, string | null>): Promise<{ envVars: object }> =>
    suite.client.call('setEnv', { sandboxId: box.id }, { envVars });
  const shell = async (box: Box, name: string, env?: Record<string, string>): Promise<string> =>
    (await (await startCommand(suite.client, box, ['printenv', name], env ? { env } : {})).rest()).stdout.trim();
  const code = (name: string): string => `import os\nprint(os.environ.get('${name}'))`;

  suite.topic('environment of a sandbox', () => {
    test.concurrent('what is set holds for commands, new contexts and running ones; null takes it away', async () => {
      const box = suite.box();
      await box.run('1');
      const { id: contextId } = await box.createContext();
      expect(await set(box, { A: 'a', B: 'b' })).toEqual({ envVars: { A: 'a', B: 'b' } });
      const { id: later } = await box.createContext();
      expect(await shell(box, 'A')).toBe('a');
      for (const fields of [{}, { contextId }, { contextId: later }])
        expect((await box.run(code('A'), fields)).stdout).toBe('a\n');
      expect((await box.run('!echo $A')).stdout).toBe('a\n');
      expect(await set(box, { A: null, B: 'c' })).toEqual({ envVars: { B: 'c' } });
      expect((await box.run(code('A'))).stdout).toBe('None\n');
      expect((await box.run(code('B'), { contextId })).stdout).toBe('c\n');
      expect(await shell(box, 'A')).toBe('');
      expect(await suite.client.call('getEnv', { sandboxId: box.id })).toEqual({ envVars: { B: 'c' } });
    });

    test.concurrent('the execution wins over the context, and that over the sandbox', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext({ envVars: { A: 'context' } });
      await set(box, { A: 'sandbox', HOME: '/tmp' });
      expect((await box.run(code('A'), { contextId })).stdout).toBe('context\n');
      expect((await box.run(code('A'), { contextId, envVars: { A: 'execution' } })).stdout).toBe('execution\n');
      expect((await box.run(code('A'), { contextId })).stdout).toBe('context\n');
      expect((await box.run(code('A'))).stdout).toBe('sandbox\n');
      expect((await box.run(code('A'), { envVars: { A: 'execution' } })).stdout).toBe('execution\n');
      expect(await shell(box, 'A', { A: 'execution' })).toBe('execution');
      expect(await shell(box, 'HOME')).toBe('/tmp');
      await set(box, { HOME: null });
      expect((await box.run(code('HOME'))).stdout).toBe('/home/user\n');
    });

    test.concurrent('what code changes itself stays changed until somebody sets it anew', async () => {
      const box = suite.box();
      await set(box, { A: '1' });
      await box.run(`import os\nos.environ['A'] = '2'`);
      expect((await box.run(code('A'))).stdout).toBe('2\n');
      await set(box, { A: '3' });
      expect((await box.run(code('A'))).stdout).toBe('3\n');
      await box.restart((await box.defaultContext()).id);
      expect((await box.run(code('A'))).stdout).toBe('3\n');
    });

    test.concurrent('more than a megabyte in all is refused, and changes nothing', async () => {
      const box = suite.box();
      await set(box, { A: 'x'.repeat(600_000) });
      await expect(set(box, { B: 'x'.repeat(600_000) })).rejects.toMatchObject({ code: 'invalid_request' });
      await set(box, { A: 'a', C: 'x'.repeat(600_000) });
      expect(await suite.client.call('getEnv', { sandboxId: box.id })).toMatchObject({ envVars: { A: 'a' } });
    });

    test.concurrent('what is refused starts no sandbox; what is set stays where something else fails meanwhile', async () => {
      const box = suite.box();
      await expect(set(box, { A: 'x'.repeat(1_100_000) })).rejects.toMatchObject({ code: 'invalid_request' });
      expect(await suite.runningSandboxes()).not.toContain(box.id);
      const failing = suite.client.send('GET', `${box.path}/files/stat?path=none`);
      await set(box, { A: 'a' });
      expect((await failing).status).toBe(404);
      expect(await suite.client.call('getEnv', { sandboxId: box.id })).toMatchObject({ envVars: { A: 'a' } });
    });

    test.concurrent('values are data; names that cannot be are refused', async () => {
      const box = suite.box();
      const value = ` 'x' "y" $(id) \\ \n\u{1F40D}`;
      await set(box, { A: value, __proto__x: '1', 'with space': '2' });
      expect((await box.run(`import os\nos.environ['A'] == ${JSON.stringify(value)}`)).order).toEqual(['result True']);
      expect(await shell(box, 'with space')).toBe('2');
      for (const envVars of [
        { '': 'x' },
        { 'a=b': 'x' },
        { a: 'x\0' },
        { a: '\ud83d' },
        { a: 7 },
        { a: undefined, b: [] },
      ]) {
        const refused = suite.client.call('setEnv', { sandboxId: box.id }, { envVars });
        await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
      }
    });
  });
}
