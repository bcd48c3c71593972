import type { PortQuery } from '@quicksand/protocol';
import type { CommandExit } from './command-process.ts';
import type { Sandbox } from './sandbox.ts';
import { insidePython } from './write-python-folder.ts';

/** Runs in the sandbox; prints the status of the answer, which a hostile server may choose. */
const program = `
import http.client, sys
connection = http.client.HTTPConnection('localhost', int(sys.argv[1]), timeout=5)
connection.request('GET', sys.argv[2])
print(connection.getresponse().status)
`;

/** Longest time that a probe may take, in milliseconds, and most of its output that is looked at. */
const probeMs = 6000;
const statusLength = 8;

/** Asks a server in a sandbox over HTTP, from inside the sandbox. The status of its answer; 0 when there was none. */
export async function probeHttp(sandbox: Sandbox, { port, path }: Pick<PortQuery, 'port' | 'path'>): Promise<number> {
  const exited = Promise.withResolvers<CommandExit>();
  let text = '';
  const sink = {
    onSpawn: (): void => {},
    onText: (stream: string, piece: string): void => {
      if (stream === 'stdout' && text.length < statusLength) text += piece;
    },
    onExit: exited.resolve,
  };
  const argv = [insidePython, '-I', '-S', '-c', program, String(port), path] as const;
  try {
    const process = await sandbox.openProgram({ argv, cwd: '/', envVars: {}, stdin: undefined }, sink);
    const timer = setTimeout(() => process.kill(), probeMs);
    const { code } = await exited.promise;
    clearTimeout(timer);
    return code === 0 && /^\d{3}\n$/.test(text) ? Number(text) : 0;
  } catch {
    return 0; // the sandbox ended, or has no room for another process
  }
}
