import { expect, test } from 'vitest';
import { Metrics } from '../src/metrics.ts';

const gauges = { sandboxes: 2, contexts: 3, running: 1, queued: 4, uptimeSeconds: 1.5 };

test('counts are in the text format of Prometheus', () => {
  const metrics = new Metrics();
  metrics.countExecution('ok');
  metrics.countExecution('ok');
  metrics.countExecution('timeout');
  metrics.countChartFailure();
  const text = metrics.render(gauges);
  const lines = text.split('\n');
  expect(lines).toContain('# TYPE quicksand_executions_total counter');
  expect(lines).toContain('quicksand_executions_total{outcome="ok"} 2');
  expect(lines).toContain('quicksand_executions_total{outcome="timeout"} 1');
  expect(lines).toContain('quicksand_executions_total{outcome="killed"} 0');
  expect(lines).toContain('quicksand_chart_failures_total 1');
  expect(lines).toContain('quicksand_sandboxes 2');
  expect(lines).toContain('quicksand_executions_queued 4');
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) quicksand_\w+ .+|quicksand_\w+(\{\w+="\w+"\})? \d+(\.\d+)?)$/);
  expect(text.endsWith('\n')).toBe(true);
});
