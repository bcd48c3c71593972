import type { Outcome } from '@quicksand/protocol';

/** What is there at the moment. */
export interface Gauges {
  readonly sandboxes: number;
  readonly contexts: number;
  /** Executions that run, and that wait for their turn. */
  readonly running: number;
  readonly queued: number;
  readonly uptimeSeconds: number;
}

/** Counts what a host has done since it started. Holds no name, code or output of a caller. */
export class Metrics {
  readonly #executions: Record<Outcome, number> = { ok: 0, error: 0, timeout: 0, interrupted: 0, killed: 0 };
  #chartFailures = 0;

  /** An execution has ended. */
  countExecution(outcome: Outcome): void {
    this.#executions[outcome]++;
  }

  /** A plot was shown without the chart that it should have had. */
  countChartFailure(): void {
    this.#chartFailures++;
  }

  /** Everything in the text format of Prometheus, version 0.0.4. */
  render({ sandboxes, contexts, running, queued, uptimeSeconds }: Gauges): string {
    const outcomes = Object.entries(this.#executions).map(
      ([outcome, count]) => [`{outcome="${outcome}"}`, count] as const,
    );
    const metrics: ReadonlyArray<readonly [string, string, string, ReadonlyArray<readonly [string, number]>]> = [
      ['sandboxes', 'gauge', 'Sandboxes that are open.', [['', sandboxes]]],
      ['contexts', 'gauge', 'Contexts in all sandboxes.', [['', contexts]]],
      ['executions_running', 'gauge', 'Executions that run now.', [['', running]]],
      ['executions_queued', 'gauge', 'Executions that wait for their turn.', [['', queued]]],
      ['executions_total', 'counter', 'Executions that have ended, by outcome.', outcomes],
      ['chart_failures_total', 'counter', 'Plots whose chart could not be made.', [['', this.#chartFailures]]],
      ['uptime_seconds', 'gauge', 'Time since the host started.', [['', uptimeSeconds]]],
    ];
    return metrics
      .flatMap(([name, type, help, samples]) => [
        `# HELP quicksand_${name} ${help}`,
        `# TYPE quicksand_${name} ${type}`,
        ...samples.map(([labels, value]) => `quicksand_${name}${labels} ${value}`),
      ])
      .join('\n')
      .concat('\n');
  }
}
