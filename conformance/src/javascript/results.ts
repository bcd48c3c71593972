import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { sharedScriptBox } from './script-box.ts';

/** Code, and the results that it shows; of each, the fields named must be as they are here. */
const shown: Readonly<Record<string, readonly [string, readonly Record<string, unknown>[]]>> = {
  'a string': [`'a' + "b"`, [{ text: `'ab'` }]],
  'what JSON has not': [
    '[10n, Symbol("s"), new Map([["k", { v: 1 }]]), new Set([1])]',
    [{ text: expect.stringMatching(/10n[\s\S]*Symbol\(s\)[\s\S]*Map\(1\)/), json: [10, null, { k: { v: 1 } }, [1]] }],
  ],
  'a list': ['[1, [2, null]]', [{ text: '[ 1, [ 2, null ] ]', json: [1, [2, null]] }]],
  'an object': ['({ a: NaN, b: undefined, d: new Date(0) })', [{ json: { a: null, d: '1970-01-01T00:00:00.000Z' } }]],
  'a circle': [
    'const circle = { name: 1 }; circle.self = circle; circle',
    [{ text: expect.stringContaining('[Circular *1]'), json: { name: 1, self: null } }],
  ],
  'an instance': ['new (class Point { x = 1 })()', [{ text: 'Point { x: 1 }' }]],
  'a function': ['(function named() {})', [{ text: '[Function: named]' }]],
  'a getter that throws': [
    `({ get bad() { throw new Error('no') }, good: 1 })`,
    [{ text: '{ bad: [Getter], good: 1 }' }],
  ],
  'an inspector that throws': [
    `({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no') } })`,
    [{ text: expect.stringContaining('inspection failed: no') }],
  ],
  'a toJSON that throws': [`({ toJSON() { throw new Error('no') } })`, [{ text: expect.any(String) }]],
  'a proxy that refuses': [
    'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })',
    [{ text: expect.any(String) }],
  ],
  'an error as a value': [`new RangeError('far')`, [{ text: expect.stringMatching(/^RangeError: far\n {4}at <cell/) }]],
  'a way to be displayed': [
    `({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'T', 'text/html': '<b>é</b>', 'image/png': Buffer.from('abc'), 'x/y': 1 }) })`,
    [{ text: 'T', html: '<b>é</b>', png: 'YWJj' }],
  ],
  'a way that takes time': [
    `({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/markdown': '# a' }) })`,
    [{ markdown: '# a' }],
  ],
  'a way that throws': [
    `({ [Symbol.for('Jupyter.display')]() { throw new Error('no') }, a: 1 })`,
    [{ text: expect.stringContaining('a: 1') }],
  ],
  'what display shows, then the last expression': [
    `display([1]); display('<i>', { mime: 'text/html' }); 'end'`,
    [{ text: '[ 1 ]', json: [1] }, { html: '<i>' }, { text: `'end'` }],
  ],
  'display of each format': [
    `display('<svg/>', { mime: 'image/svg+xml' }); display('x', { mime: 'text/latex' }); display(Uint8Array.of(1), { mime: 'image/jpeg' }); display({ a: 1 }, { mime: 'application/json' })`,
    [{ svg: '<svg/>' }, { latex: 'x' }, { jpeg: 'AQ==' }, { json: { a: 1 } }],
  ],
  'a lone surrogate': [`'\\uD800'`, [{ text: expect.any(String) }]],
  'Vega-Lite': [
    `({ $schema: 'https://vega.github.io/schema/vega-lite/v6.json', title: 'T', mark: 'bar', data: { values: [{ a: 1 }] }, encoding: { x: { field: 'a' } } })`,
    [{ chart: { type: 'bar', title: 'T', library: 'altair', data: expect.objectContaining({ mark: 'bar' }) } }],
  ],
  Plotly: [
    `({ data: [{ type: 'bar', x: ['a'], y: [1] }], layout: { title: { text: 'T' } } })`,
    [
      {
        chart: {
          type: 'bar',
          title: 'T',
          library: 'plotly',
          data: [{ type: 'bar', x: ['a'], y: [1] }],
          layout: { title: { text: 'T' } },
        },
      },
    ],
  ],
  'a chart by display': [
    `display({ data: [{ y: [1], mode: 'lines' }] }, { mime: 'application/vnd.plotly.v1+json' })`,
    [{ chart: { type: 'line', library: 'plotly', data: expect.any(Array) } }],
  ],
};

export function describeScriptResults(suite: Suite): void {
  suite.topic('JavaScript: results', () => {
    const shared = sharedScriptBox(suite);

    test.concurrent.for(Object.entries(shown))('%s', async ([, [code, results]]) => {
      const run = await shared().run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results).toHaveLength(results.length);
      for (const [at, result] of results.entries()) expect(run.results[at]).toMatchObject(result);
    });

    test.concurrent.for([
      `({ data: [{ type: 'articles', id: '1' }] })`,
      `({ data: [1, 2] })`,
      `({ data: [{ x: [1] }], page: 1 })`,
    ])('%s is no chart', async (code) => {
      const [result] = (await shared().run(code)).results;
      expect(result).toHaveProperty('json');
      expect(result).not.toHaveProperty('chart');
    });

    test.concurrent('without charts there is none, and the rest stays', async () => {
      const [result] = (await shared().run(`({ data: [{ type: 'bar', y: [1] }] })`, { charts: false })).results;
      expect(result).toHaveProperty('json');
      expect(result).not.toHaveProperty('chart');
    });

    test.concurrent('a result that is too large is cut, and says so', async () => {
      const [result] = (await shared().run('Array.from({ length: 600_000 }, (_, n) => n)')).results;
      expect(result).toMatchObject({ truncated: ['json'], text: expect.stringContaining('more items') });
    });
  });
}
