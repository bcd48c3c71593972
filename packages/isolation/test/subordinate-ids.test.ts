import { expect, test } from 'vitest';
import { findSandboxIds, findSubordinate, isMapped, isWholeMachine } from '../src/index.ts';
import { parseIdMap } from '../src/outer/id-map.ts';

const user = { name: 'alice', uid: 1001 };
const findProgram = (name: string): string => `/usr/bin/${name}`;

test('the largest range of a user counts, by name or by number; uids and gids may begin at different ones', () => {
  const subuid = 'bob:100000:65536\nalice:200000:10\n1001:300000:65536\n';
  expect(findSubordinate({ user, subuid, subgid: 'alice:500000:70000\n', findProgram })).toEqual({
    uids: { first: 300_000, count: 65_536 },
    gids: { first: 500_000, count: 65_536 },
    newuidmap: '/usr/bin/newuidmap',
    newgidmap: '/usr/bin/newgidmap',
  });
});

test.each([
  ['no entry', '', '', '100000-165535'],
  ['entries of others only', 'bob:100000:65536\n', 'bob:100000:65536\n', '165536-231071'],
  ['no gids', 'alice:100000:65536\n', '', '165536-231071'],
  ['too few', 'alice:100000:4095\n', 'alice:100000:65536\n', '165536-231071'],
  ['what is no entry', '# alice:1:2\nalice:x:65536\nalice:5\n\n', 'alice:100000:-1\n', '100000-165535'],
])('with %s, the command gives ids that nobody has', (_, subuid, subgid, range) => {
  const fix = `sudo usermod --add-subuids ${range} --add-subgids ${range} alice`;
  expect(findSubordinate({ user, subuid, subgid, findProgram })).toEqual([
    { part: 'subordinate uids and gids', found: expect.stringContaining('alice'), fix },
  ]);
});

test('everything that is missing is named at once', () => {
  const missing = findSubordinate({ user, subuid: '', subgid: '', findProgram: () => undefined });
  expect(missing).toEqual([
    expect.objectContaining({ fix: 'sudo apt-get install -y uidmap' }),
    expect.objectContaining({ part: 'subordinate uids and gids' }),
  ]);
});

test.each([
  ['the whole machine', '         0          0 4294967295\n', true, { first: 65_536, count: 4_294_901_759 }],
  ['an outer namespace', '0 1001 1\n100000 100000 65536\n', false, { first: 100_000, count: 65_536 }],
  ['a container without root', '0 1001 1\n1 100000 65536\n', false, { first: 1000, count: 64_534 }],
  ['one user alone', '0 1001 1\n', false, undefined],
  ['ids of the distribution only', '0 100000 1000\n', false, undefined],
])('the ids for sandboxes in %s', (_, text, whole, ids) => {
  const map = parseIdMap(text);
  expect(isWholeMachine(map)).toBe(whole);
  expect(findSandboxIds(map)).toEqual(ids);
  if (ids) expect(isMapped(map, ids)).toBe(true);
});
