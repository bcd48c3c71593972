import { expect, test } from 'vitest';
import { LongText, shortLength } from '../src/long-text.ts';
import { type StreamText, TextJoiner } from '../src/text-joiner.ts';

/** A joiner whose clock stands still until the test moves it. */
function open(): { joiner: TextJoiner; told: StreamText[]; clock: { ms: number } } {
  const clock = { ms: 1000 };
  const told: StreamText[] = [];
  return {
    joiner: new TextJoiner(
      (text) => told.push(text),
      () => clock.ms,
    ),
    told,
    clock,
  };
}

test('a whole line is told at once, the pieces of one line together', () => {
  const { joiner, told } = open();
  joiner.add('stdout', 'a\n');
  joiner.add('stdout', 'b');
  joiner.add('stdout', 'c\n');
  expect(told).toEqual([
    { type: 'stdout', text: 'a\n' },
    { type: 'stdout', text: 'bc\n' },
  ]);
});

test('a piece that nothing follows is told soon', async () => {
  const { promise, resolve } = Promise.withResolvers<StreamText>();
  new TextJoiner(resolve).add('stdout', 'prompt: ');
  expect(await promise).toEqual({ type: 'stdout', text: 'prompt: ' });
});

test('text of the other stream comes after what is held', () => {
  const { joiner, told } = open();
  joiner.add('stdout', 'a');
  joiner.add('stderr', 'b\n');
  expect(told.map(({ text }) => text)).toEqual(['a', 'b\n']);
});

test.each([
  ['in front', (n: number) => `\r${n}`],
  ['behind', (n: number) => `${n}\r`],
])('a thousand redraws, with the return %s, are few events and lose nothing', (_, draw) => {
  const { joiner, told, clock } = open();
  let written = '';
  for (let n = 0; n < 1000; n++) {
    joiner.add('stderr', draw(n));
    written += draw(n);
    clock.ms += 0.1;
  }
  joiner.add('stderr', '\n');
  expect(told.map(({ text }) => text).join('')).toBe(`${written}\n`);
  expect(told.length).toBeLessThan(5);
});

test('a redraw that comes long after the last is told at once', () => {
  const { joiner, told, clock } = open();
  joiner.add('stderr', '1\r');
  clock.ms += 60;
  joiner.add('stderr', '2\r');
  joiner.add('stderr', '3\r');
  expect(told.map(({ text }) => text)).toEqual(['1\r', '2\r']);
  joiner.flush();
  expect(told.at(-1)?.text).toBe('3\r');
});

test('a redraw that is held is told without more text', async () => {
  const told: StreamText['text'][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const joiner = new TextJoiner(({ text }) => {
    told.push(text);
    if (told.length === 2) resolve();
  });
  joiner.add('stderr', '1\r');
  joiner.add('stderr', '2\r');
  await promise;
  expect(told).toEqual(['1\r', '2\r']);
});

test('a line with a return and a line end is no redraw', () => {
  const { joiner, told } = open();
  joiner.add('stdout', '1\r\n');
  joiner.add('stdout', '2\r\n');
  expect(told).toHaveLength(2);
});

test('a long text is told at once, with what its line began with', () => {
  const { joiner, told } = open();
  const long = LongText.from(Buffer.from('x'.repeat(shortLength + 1))) as LongText;
  joiner.add('stdout', 'é');
  joiner.add('stdout', long);
  joiner.add('stdout', 'y');
  joiner.add('stderr', long);
  expect(told).toEqual([
    { type: 'stdout', text: long.after('é') },
    { type: 'stdout', text: 'y' },
    { type: 'stderr', text: long },
  ]);
});

test('a long text may be a redraw: what draws again waits', () => {
  const { joiner, told } = open();
  joiner.add('stdout', LongText.from(Buffer.from(`\r${'x'.repeat(shortLength)}`)));
  joiner.add('stdout', '1\r');
  expect(told).toHaveLength(1);
  joiner.add('stdout', LongText.from(Buffer.from(`\n${'x'.repeat(shortLength)}`)));
  expect(told).toHaveLength(2);
});
