import type { Run } from '../src/run.ts';
import type { SeededRandom } from './seeded-random.ts';

/** One thing that a {@link CountedProgram} does. */
type Step =
  | readonly ['out' | 'err' | 'child', string]
  | readonly ['show', number]
  | readonly ['sleep', number]
  /** So many lines, as fast as they can be printed. */
  | readonly ['burst', number];

/** A program whose every line has a number: what it does, and what must be seen of that. */
export interface CountedProgram {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Words that make lines of one to four bytes a character. */
const words = ['a', 'é', '漢字', '😀', '\u0000', '\\n', '"', 'data: x', ': ', 'id: 1'];

/** A program with up to `most` steps. */
export function createCountedProgram(name: string, random: SeededRandom, most = 20): CountedProgram {
  const steps: Step[] = [];
  const line = (): string => `${name} ${steps.length} ${random.pick(words)}`;
  for (let left = random.integer(1, most); left > 0; left--) {
    const kind = random.pick(['out', 'out', 'out', 'err', 'err', 'child', 'show', 'sleep', 'burst'] as const);
    if (kind === 'sleep') steps.push([kind, random.integer(1, 20)]);
    else if (kind === 'show') steps.push([kind, steps.length]);
    else if (kind === 'burst') steps.push([kind, random.integer(30, 300)]);
    // What an argument of a program cannot hold is not asked of a child.
    else if (kind === 'child') steps.push([kind, line().replaceAll('\u0000', '').replaceAll('\\', '')]);
    else steps.push([kind, line()]);
  }
  return { name, steps };
}

/** What must be seen of it, as `Run.order` tells it. */
export function toOrder({ name, steps }: CountedProgram): string[] {
  const order: { type: string; text: string }[] = [];
  const add = (type: string, text: string): void => {
    const last = order.at(-1);
    if (last?.type === type && type !== 'result') last.text += text;
    else order.push({ type, text });
  };
  for (const [kind, value] of steps) {
    if (kind === 'show') add('result', String(value));
    else if (kind === 'burst') for (let n = 0; n < value; n++) add('stdout', `${name} ${n} of ${value}\n`);
    else if (kind !== 'sleep') add(kind === 'err' ? 'stderr' : 'stdout', `${value}\n`);
  }
  return order.map(({ type, text }) => `${type} ${text}`);
}

/** How far a program came: to its end, up to any place, or up to any place with the child that ran then interrupted before the program was. */
export type Extent = 'whole' | 'killed' | 'interrupted';

/** What is wrong with what was seen of a program that came so far; undefined where nothing is. */
export function findDifference(program: CountedProgram, run: Run, extent: Extent): string | undefined {
  const difference = compare(program, run, extent !== 'whole');
  if (difference === undefined || extent !== 'interrupted') return difference;
  const withoutOne = program.steps.flatMap(([kind], at) =>
    kind === 'child' ? [{ ...program, steps: program.steps.toSpliced(at, 1) }] : [],
  );
  return withoutOne.some((other) => compare(other, run, true) === undefined) ? undefined : difference;
}

function compare(program: CountedProgram, run: Run, isCut: boolean): string | undefined {
  const expected = toOrder(program);
  const seen = run.order.filter((entry) => !entry.startsWith('error '));
  for (const [at, entry] of seen.entries()) {
    const wanted = expected[at];
    const isLast = at === seen.length - 1;
    const isRight = isCut && isLast ? wanted?.startsWith(entry) : wanted === entry;
    if (!isRight) return `item ${at} is ${quote(entry)} and should be ${quote(wanted ?? 'nothing')}`;
  }
  if (!isCut && seen.length < expected.length)
    return `item ${seen.length}, ${quote(expected[seen.length] ?? '')}, is missing`;
  return undefined;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 300 ? `${text.slice(0, 140)} … ${text.slice(-140)}` : text);
}
