import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { openScriptBox } from './script-box.ts';

/** Takes all methods of a prototype away. */
const without = (prototype: string): string =>
  `for (const name of Reflect.ownKeys(${prototype})) if (name !== 'constructor' && typeof Object.getOwnPropertyDescriptor(${prototype}, name).value === 'function') ${prototype}[name] = null; 0`;

/** Code that makes something else of the language, or of Node, and may rely on the rest. */
const changes: Readonly<Record<string, string>> = {
  'lists without an iterator': 'Array.prototype[Symbol.iterator] = null; 0',
  'lists without push': 'Array.prototype.push = null; 0',
  'lists that tell of what is done to them': `for (const name of ['push', 'map', 'slice', 'filter', 'join', 'at']) {
  const real = Array.prototype[name]
  Array.prototype[name] = function (...given) { process.stdout.write(name); return real.apply(this, given) }
}
0`,
  'iterators that have no next': `''[Symbol.iterator]().__proto__.next = null; (function* () {})().__proto__.__proto__.next = null; 0`,
  'texts without methods': without('String.prototype'),
  'maps without methods': without('Map.prototype'),
  'sets without methods': without('Set.prototype'),
  'regular expressions without methods': without('RegExp.prototype'),
  'bytes without methods': `${without('Object.getPrototypeOf(Uint8Array.prototype)')}; ${without('Buffer.prototype')}`,
  'promises without methods': without('Promise.prototype'),
  'lists of another species': `Object.defineProperty(Array, Symbol.species, { get() { throw 1 } }); Array.prototype.constructor = null; 0`,
  'functions of objects': `for (const name of Object.getOwnPropertyNames(Object)) if (name !== 'prototype') try { Object[name] = null } catch {}\n0`,
  'Atomics, JSON, Math and Reflect': `for (const one of [Atomics, JSON, Math, Reflect]) for (const name of Object.getOwnPropertyNames(one)) try { one[name] = null } catch {}\n0`,
  'setters of all objects': `for (const name of ['kind', 'execution', 'payload', 'error', 'start', 'end', 'owner', 'number', 'text']) Object.defineProperty(Object.prototype, name, { set() { throw new Error('set') }, configurable: true }); 0`,
  'modules of Node': `for (const name of ['util', 'vm', 'fs', 'path', 'net', 'inspector']) for (const key of Object.keys(require(name))) try { require(name)[key] = null } catch {}\n0`,
  'scripts of Node': `require('vm').Script.prototype.runInThisContext = null; 0`,
  'decoders of Node': without(`require('string_decoder').StringDecoder.prototype`),
  'storage of Node': without(`require('async_hooks').AsyncLocalStorage.prototype`),
  'ticks of Node': 'process.nextTick = null; process.cwd = null; process.hrtime = null; 0',
};

export function describeChangedLanguage(suite: Suite): void {
  suite.topic('JavaScript: what code makes of the language is nothing to its kernel', () => {
    test.concurrent.for(Object.entries(changes))('%s', async ([, code]) => {
      const js = openScriptBox(suite);
      expect((await js.run('let kept = 20')).end.outcome).toBe('ok');
      const run = await js.run(code);
      expect([run.end.outcome, run.order], JSON.stringify(run.summary)).toEqual(['ok', ['result 0']]);
      expect((await js.run('kept + 1')).order).toEqual(['result 21']);
      expect((await js.run(`process.stdout.write('told'); let more = kept + 2`)).order).toEqual(['stdout told']);
      expect((await js.run('\nnull.x')).error).toMatchObject({ ename: 'TypeError', lineNumber: 2 });
      expect((await js.run('while (true);', { timeout: 200 })).end).toMatchObject({
        outcome: 'timeout',
        state: 'kept',
      });
      expect((await js.run('await 1; more')).order).toEqual(['result 22']);
    });

    test.concurrent('what code gets of the kernel is of the language that the code has', async () => {
      const js = openScriptBox(suite);
      const functions = `[require, require.resolve, setTimeout, setImmediate, display, process.stdout.write, process.emit, require('fs').writeSync,
  require('timers/promises').setTimeout, import.meta.resolve, Function.prototype.toString, process.setUncaughtExceptionCaptureCallback]`;
      expect((await js.run(`${functions}.every((one) => one instanceof Function)`)).results[0]?.text).toBe('true');
      const promises = `[import('fs'), require('timers/promises').setTimeout(1), require('timers/promises').setInterval(1).next()]`;
      expect((await js.run(`${promises}.every((one) => one instanceof Promise)`)).results[0]?.text).toBe('true');
      expect(
        (await js.run('[process.argv, process.execArgv].every((one) => one instanceof Array)')).results[0]?.text,
      ).toBe('true');
      await js.run(`const fixed = 1; function deep() { console.log(''); deep() } function deeper() { display(1); deeper() }
const caught = (work) => { try { work() } catch (error) { return error } }`);
      const errors = `[caught(() => { fixed = 2 }) instanceof TypeError, caught(() => display(1, { mime: 'x' })) instanceof TypeError,
  [deep, deeper].every((work) => caught(work) instanceof RangeError), await import('nowhere').catch((error) => error) instanceof Error]`;
      expect((await js.run(errors)).results.at(-1)?.json).toEqual([true, true, true, true]);
    });

    test.concurrent('data of all kinds is told as what it holds, whatever is made of its methods', async () => {
      const js = openScriptBox(suite);
      const data = `({ list: [1, 2], map: new Map([['a', 1]]), set: new Set([1]), date: new Date(0), bytes: Uint8Array.of(1, 2) })`;
      await js.run(`const data = ${data}; for (const kind of [Map, Set, Date, Array, Uint8Array.__proto__])
  for (const name of ['entries', 'values', 'keys', 'getTime', 'toISOString', Symbol.iterator]) kind.prototype[name] = null`);
      expect((await js.run('data')).results[0]?.json).toEqual({
        list: [1, 2],
        map: { a: 1 },
        set: [1],
        date: '1970-01-01T00:00:00.000Z',
        bytes: [1, 2],
      });
    });
  });
}
