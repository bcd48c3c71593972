import { expect, test } from 'vitest';
import { toReceivedResult } from '../src/received-result.ts';

const chart = {
  type: 'line' as const,
  data: { series: [] },
  layout: { size: { width: 1, height: 1 }, axes: [] },
  library: 'matplotlib' as const,
};
const plotly = 'application/vnd.plotly.v1+json';

test('a chart that is right is part of the result', () => {
  expect(toReceivedResult({ text: 't', chart }, 9)).toEqual({
    payload: { text: 't', chart },
    bytes: 9,
    clear: false,
    chartFailed: false,
  });
});

test('a specification becomes a chart', () => {
  const { payload, chartFailed } = toReceivedResult({ html: 'h', specs: { [plotly]: { data: [{ type: 'pie' }] } } }, 9);
  expect(payload).toEqual({ html: 'h', chart: { type: 'pie', data: [{ type: 'pie' }], library: 'plotly' } });
  expect(chartFailed).toBe(false);
});

test.each([
  { chart: { ...chart, type: 'radar' } },
  { chart: { ...chart, data: 'x' } },
  { chart: { ...chart, more: 1 } },
  { chart: 'x' },
  { chart: null },
  { specs: { 'text/html': {} } },
  { specs: { [plotly]: { data: 5 } } },
  { specs: 7 },
  { chartFailure: 'KeyError' },
])('%j is dropped and counted, and the rest stays', (bad) => {
  expect(toReceivedResult({ png: 'p', ...bad }, 9)).toEqual({
    payload: { png: 'p' },
    bytes: 9,
    clear: false,
    chartFailed: true,
  });
});

test('a result without a chart has not failed to have one', () => {
  expect(toReceivedResult({ text: 't' }, 9).chartFailed).toBe(false);
});
