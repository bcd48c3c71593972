import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { HttpClient } from './http-client.ts';
import { openProcess } from './open-process.ts';

/** A host in a process of its own, as `quicksand serve` runs it, and a client of it. */
export interface RunningHost extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly client: HttpClient;
  readonly languages: readonly string[];
}

/** Where the programs of the project and its data are. */
export interface Place {
  /** Root of the clone whose host is measured. */
  readonly root: string;
  readonly dataFolder: string;
}

/** Starts `quicksand serve` with a data folder of its own. */
export async function openHost({ root, dataFolder }: Place, args: readonly string[]): Promise<RunningHost> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksand-bench-'));
  await chmod(folder, 0o711);
  await copyFile(join(dataFolder, 'environment.json'), join(folder, 'environment.json'));
  const program = join(root, 'packages/cli/bin/quicksand.js');
  // Started as a shell starts it: by its first line, on this Node.
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const child = openProcess(program, ['serve', '--port', '0', ...args], {
    env: { ...process.env, PATH: path, QUICKSAND_HOME: folder },
  });
  const close = async (): Promise<void> => {
    await child[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    let token = '';
    let url: string | undefined;
    while (url === undefined) {
      const line = await child.line();
      token = /^token: (.+)$/.exec(line)?.[1] ?? token;
      url = /^quicksand listening on (.+)$/.exec(line)?.[1];
    }
    const client = new HttpClient(url, token);
    const { languages } = await client.json<{ languages: string[] }>('GET', '/health');
    return {
      ...{ pid: child.pid, url, token, client, languages },
      async [Symbol.asyncDispose]() {
        client.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
