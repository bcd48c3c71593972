import { type FrameKind, FrameDecoder, encodeFrame } from '@quicksand/protocol';
import { describe, expect, test } from 'vitest';
import { type KernelItem, KernelInbox } from '../src/kernel-inbox.ts';
import type { LongText } from '../src/long-text.ts';

const frame = (kind: FrameKind, payload: Uint8Array | string = '', execution = 1): Buffer =>
  Buffer.concat(encodeFrame({ kind, execution, payload: Buffer.from(payload) }));

function barrier(sequence: number, mask: number): Buffer {
  const payload = Buffer.alloc(5);
  payload.writeUInt32LE(sequence);
  payload[4] = mask;
  return frame('barrier', payload);
}

const plain = (items: Iterable<KernelItem>): unknown[] =>
  [...items].map((item) => (item.from === 'channel' && item.message.type === 'text' ? item.message.text : item));

const open = (): KernelInbox => new KernelInbox(new FrameDecoder());

describe('order (R2)', () => {
  test('a barrier holds the channel until every marker that it names was read', () => {
    const inbox = open();
    expect(
      plain(inbox.pushChannel(Buffer.concat([frame('stdout', 'a'), barrier(1, 3), frame('stdout', 'b')]))),
    ).toEqual(['a']);
    expect(inbox.blocked).toBe(true);
    expect(plain(inbox.pushMarker('stdout', 1))).toEqual([]);
    expect(plain(inbox.pushChannel(frame('stdout', 'c')))).toEqual([]);
    expect(plain(inbox.pushMarker('stderr', 1))).toEqual(['b', 'c']);
    expect(inbox.blocked).toBe(false);
  });

  test('what waits behind a barrier is counted, so that reading can stop (R8)', () => {
    const inbox = open();
    expect(plain(inbox.pushChannel(Buffer.concat([barrier(1, 1), frame('stdout', 'abc'), frame('done')])))).toEqual([]);
    expect(inbox.waitingBytes).toBe(9 + 3 + 9);
    expect(plain(inbox.pushMarker('stdout', 1))).toHaveLength(2);
    expect(inbox.waitingBytes).toBe(0);
  });

  test('what waits behind a barrier stays what it was, whatever becomes of the bytes that were read', () => {
    const inbox = open();
    const first = Buffer.concat([barrier(1, 1), frame('stdout', 'abc'), frame('stdout', 'd').subarray(0, 9)]);
    const second = Buffer.concat([Buffer.from('d'), frame('stdout', 'ef')]);
    for (const bytes of [first, second]) {
      expect(plain(inbox.pushChannel(bytes))).toEqual([]);
      bytes.fill(0);
    }
    expect(plain(inbox.pushMarker('stdout', 1))).toEqual(['abc', 'd', 'ef']);
  });

  test('the memory of a long text goes back when it was handled', () => {
    const inbox = open();
    const bytes = frame('stdout', 'x'.repeat(20_000));
    const lengths: number[] = [];
    const seen: LongText[] = [];
    for (const piece of [bytes.subarray(0, 5000), bytes.subarray(5000)]) {
      for (const item of inbox.pushChannel(piece)) {
        const { text } = (item as { message: { text: LongText } }).message;
        lengths.push(text.bytes.length);
        seen.push(text);
      }
    }
    expect(lengths).toEqual([20_000]);
    expect(seen[0]?.bytes).toHaveLength(0);
  });

  test('a marker that was read before its barrier does not block', () => {
    const inbox = open();
    expect(plain(inbox.pushMarker('stderr', 4))).toEqual([]);
    expect(plain(inbox.pushChannel(Buffer.concat([barrier(4, 2), frame('stdout', 'b')])))).toEqual(['b']);
  });

  test('a pipe behind its marker waits for the other pipe, too, whichever of the three is read first', () => {
    const raw: Record<'stdout' | 'stderr', (inbox: KernelInbox) => Iterable<KernelItem>[]> = {
      stdout: (inbox) => [inbox.pushText('stdout', 'a'), inbox.pushMarker('stdout', 1), inbox.pushText('stdout', 'd')],
      stderr: (inbox) => [inbox.pushText('stderr', 'b'), inbox.pushMarker('stderr', 1), inbox.pushText('stderr', 'e')],
    };
    const reads = { ...raw, channel: (inbox: KernelInbox) => [inbox.pushChannel(barrier(1, 3))] };
    for (const [first, second, third] of [
      ['stdout', 'stderr', 'channel'],
      ['stdout', 'channel', 'stderr'],
      ['stderr', 'channel', 'stdout'],
      ['channel', 'stdout', 'stderr'],
      ['channel', 'stderr', 'stdout'],
    ] as const) {
      const inbox = open();
      const texts = [first, second, third].flatMap((from) => reads[from](inbox).flatMap((items) => plain(items)));
      const order = texts.map((item) => (item as { text: string }).text).join('');
      expect(order).toMatch(/^(ab|ba)(de|ed)$/);
      expect(inbox.blocked).toBe(false);
    }
  });

  test('barriers behind each other are passed one at a time', () => {
    const inbox = open();
    inbox.pushMarker('stdout', 0);
    const bytes = Buffer.concat([barrier(1, 1), frame('stdout', 'a'), barrier(2, 1), frame('stdout', 'b')]);
    expect(plain(inbox.pushChannel(bytes))).toEqual([]);
    expect(plain(inbox.pushMarker('stdout', 1))).toEqual(['a']);
    expect(plain(inbox.pushMarker('stdout', 2))).toEqual(['b']);
  });
});

describe('what a kernel may not send', () => {
  const cases: [string, Buffer, string][] = [
    ['text that is not UTF-8', frame('stdout', Buffer.from([0xff])), 'not UTF-8'],
    ['text cut inside a character', frame('stderr', Buffer.from('é').subarray(0, 1)), 'not UTF-8'],
    ['empty text', frame('stdout'), 'empty'],
    ['a result that is not JSON', frame('result', '{'), 'not JSON'],
    ['a result that is no object', frame('result', '[1]'), 'wrong shape'],
    ['a result with a field of its own', frame('result', '{"type":"execution_complete"}'), 'wrong shape'],
    ['a result with a number as html', frame('result', '{"html":1}'), 'wrong shape'],
    ['an error without a name', frame('error', '{"evalue":"","traceback":[]}'), 'wrong shape'],
    ['an error in line 0', frame('error', '{"ename":"E","evalue":"","traceback":[],"lineNumber":0}'), 'wrong shape'],
    ['a done with a payload', frame('done', 'x'), 'payload'],
    ['a second ready', frame('ready', '{"key":"k"}'), 'ready'],
    ['an execute', frame('execute', '{}'), 'execute'],
    ['a barrier for no pipe', barrier(1, 0), 'barrier'],
    ['a barrier for a third pipe', barrier(1, 4), 'barrier'],
    ['a short barrier', frame('barrier', 'xx'), 'barrier'],
    ['a giant length', Buffer.from('ffffffff1100000000', 'hex'), 'length'],
    ['an unknown kind', Buffer.from('000000006300000000', 'hex'), 'kind'],
  ];
  test.each(cases)('%s', (_, bytes, reason) => {
    expect(() => plain(open().pushChannel(bytes))).toThrow(reason);
  });
});
