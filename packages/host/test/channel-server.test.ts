import { spawnSync } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { openChannelServer } from '../src/channel-server.ts';

test('what a kernel said before its end is heard before the server has settled', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'channels-'));
  await using server = await openChannelServer(join(folder.path, 'channels'));
  const payload = (key: string): Buffer => Buffer.from(JSON.stringify({ key }));
  for (let round = 0; round < 20; round++) {
    const heard: string[] = [];
    const keys = Array.from({ length: 5 }, (_, n) => `${round}-${n}`);
    for (const key of keys) void server.expect(key).then(({ socket }) => heard.push(key) && socket.destroy());
    const hellos = keys.map((key) =>
      Buffer.concat(encodeFrame({ kind: 'ready', execution: 0, payload: payload(key) })).toString('base64'),
    );
    const code = `
import base64, os, socket, sys
for hello in sys.argv[2:]:
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(sys.argv[1])
    channel.send(base64.b64decode(hello))
    channel.detach()
`;
    // Nothing is heard while this waits for its end.
    expect(spawnSync('/usr/bin/python3', ['-c', code, server.path, ...hellos]).status).toBe(0);
    expect(heard).toEqual([]);
    await server.settle();
    expect(heard.sort()).toEqual(keys);
  }
});

test('it settles when it is closed, too', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'channels-'));
  const server = await openChannelServer(join(folder.path, 'channels'));
  const settling = server.settle();
  await server[Symbol.asyncDispose]();
  await settling;
  await server.settle();
});
