/** What was done and checked. */
export class Tally {
  /** How often each kind of fault was injected. */
  readonly faults: Record<string, number> = {};
  /** Executions by how they ended. */
  readonly executions: Record<string, number> = {};
  /** Events whose id, order and content were checked. */
  events = 0;
  /** What was not as it must be. */
  readonly problems: string[] = [];

  fault(kind: string): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  execution(end: string, events: number): void {
    this.executions[end] = (this.executions[end] ?? 0) + 1;
    this.events += events;
  }

  problem(what: string): void {
    this.problems.push(what);
  }

  /** One line with every number. */
  summary(): string {
    const list = (counts: Record<string, number>): string => {
      const sorted = Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b));
      const total = sorted.reduce((sum, [, count]) => sum + count, 0);
      return `${total} (${sorted.map(([name, count]) => `${name} ${count}`).join(', ')})`;
    };
    return `executions ${list(this.executions)}; events checked ${this.events}; faults injected ${list(this.faults)}; problems ${this.problems.length}`;
  }
}
