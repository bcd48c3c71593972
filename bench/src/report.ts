import { type Figure, type Target, isOutOfReach, ratioOf, reaches } from './figure.ts';

/** Figures as a table for people. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [['figure', 'unit', 'min', 'p50', 'p95', 'n', 'floor p50', 'ratio', 'target'], ...figures.map(toCells)];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The first columns are words, the others numbers. */
function pad(cell: string, width: number, column: number): string {
  return column < 2 || column > 7 ? cell.padEnd(width) : cell.padStart(width);
}

function toCells(figure: Figure): string[] {
  const { name, unit, min, p50, p95, n, floor, targets } = figure;
  const ratio = ratioOf(figure);
  return [
    name,
    unit,
    round(min),
    round(p50),
    round(p95),
    String(n),
    floor ? round(floor.p50) : '',
    ratio === undefined ? '' : ratio.toFixed(2),
    targets.map((target) => `${judge(figure, target)} ${toText(target)}`).join(', '),
  ];
}

function judge(figure: Figure, target: Target): string {
  if (reaches(figure, target)) return 'ok';
  return isOutOfReach(figure, target) ? 'MISSED (as its floor does)' : 'MISSED';
}

function toText({ at, value, of = 'p50' }: Target): string {
  return `${of === 'ratio' ? '' : `${of} `}${at === 'most' ? '≤' : '≥'} ${value}${of === 'ratio' ? ' × floor' : ''}`;
}

/** Three digits that count. */
export function round(value: number): string {
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

/** What stands beside each floor. */
export function toFloors(figures: readonly Figure[]): string {
  const names = new Map(figures.flatMap(({ name, floor }) => (floor ? [[name, floor.name] as const] : [])));
  return [...names].map(([name, floor]) => `  ${name}: ${floor}`).join('\n');
}
