import { type Cells, cellName, isCellName } from './cells.ts';
import { withOwnNames } from './shadowed-globals.ts';
import { UserError, itemsOf } from './user-realm.ts';

type Sites = readonly NodeJS.CallSite[];
type Prepare = (error: Error, sites: Sites) => unknown;

/** The column is below 1 where V8 stops code before its first statement: what the kernel has put in front of it lies there. */
const place = /<cell \d+>:(\d+):(-?\d+)/;

/**
 * Makes stacks tell places in submitted code, and nothing of the kernel; where the user has another way to make them, that one is taken. Whoever lets go
 * of his own way, however he does that, has this one again: it is no property of `Error` itself.
 */
export function ownStacks(cells: Cells, kernelFolder: string): void {
  const own: Prepare = (error, sites) => {
    const told = withoutKernel([...itemsOf(sites)], kernelFolder).filter((site) => !isBehind(site, cells));
    const lines = toShown(told).map((site) => `\n    at ${toOwnPlace(String(site), cells)}`);
    return withOwnNames(headerOf(error) + lines.join(''));
  };
  let prepare: unknown = own;
  const property = {
    get: () => prepare,
    set(this: unknown, value: unknown): void {
      if (this !== UserError) Object.defineProperty(this, name, { ...plain, value });
      else if ((prepare = value ?? own) === own) Reflect.deleteProperty(UserError, name);
      else Object.defineProperty(UserError, name, property);
    },
    configurable: true,
    enumerable: true,
  };
  const above = Object.create(Object.getPrototypeOf(UserError) as object) as object;
  Object.defineProperty(above, name, { ...property, get: () => own });
  Object.setPrototypeOf(UserError, above);
  Reflect.deleteProperty(UserError, name);
  UserError.stackTraceLimit = mostFrames;
  // Of errors that the kernel itself meets, as where the stack is full.
  Error.prepareStackTrace = own;
  Error.stackTraceLimit = mostFrames;
}

const name = 'prepareStackTrace';

/** V8's limit is 10 frames. Where those are all of a package, or of Node, nobody would know from which line of the submitted code they come. */
const mostFrames = 30;
const shownFrames = 10;

/** As many frames as V8 would have told, and the next one of submitted code where those have none; all of them where the user has changed the limit. */
function toShown(sites: Sites): Sites {
  if (UserError.stackTraceLimit !== mostFrames) return sites;
  const shown = sites.slice(0, shownFrames);
  return shown.some(isOfCell) ? shown : [...shown, ...sites.slice(shownFrames).filter(isOfCell).slice(0, 1)];
}

function isOfCell(site: NodeJS.CallSite): boolean {
  return isCellName(site.getFileName() ?? '');
}

const plain = { writable: true, configurable: true, enumerable: true };

/** The first line of `number`'s code that a stack tells. */
export function lineIn(stack: string, number: number): number | undefined {
  const name = cellName(number);
  const at = stack.indexOf(`${name}:`);
  return at < 0 ? undefined : Number.parseInt(stack.slice(at + name.length + 1), 10);
}

/** Frames of the kernel are left out, and all below the one that runs the code. */
function withoutKernel(sites: Sites, kernelFolder: string): Sites {
  const end = sites.findIndex(
    (site, at) => site.getFileName() === 'node:vm' && sites[at + 1]?.getFileName()?.startsWith(kernelFolder),
  );
  const above = end < 0 ? sites : sites.slice(0, end);
  return above.filter((site) => !isOurs(site, kernelFolder));
}

/** What code that awaits is wrapped in ends in a line of its own. */
function isBehind(site: NodeJS.CallSite, cells: Cells): boolean {
  const [name, line] = [site.getFileName(), site.getLineNumber()];
  return typeof name === 'string' && line !== null && cells.isBehind(name, line);
}

function isOurs(site: NodeJS.CallSite, kernelFolder: string): boolean {
  const name = site.getFileName() ?? site.getScriptNameOrSourceURL() ?? '';
  return name.startsWith(kernelFolder);
}

function toOwnPlace(frame: string, cells: Cells): string {
  return frame.replace(place, (found, line, column) => {
    const name = found.slice(0, found.indexOf(':'));
    const own = cells.toOwn(name, { line: Number(line), column: Number(column) });
    return `${name}:${own.line}:${own.column}`;
  });
}

/** As V8 and Node write it. */
function headerOf(error: Error): string {
  try {
    const { name = 'Error', message = '', code } = error as Partial<NodeJS.ErrnoException>;
    const full = typeof code === 'string' && code.startsWith('ERR_') ? `${name} [${code}]` : String(name);
    return full === '' ? String(message) : message === '' ? full : `${full}: ${message}`;
  } catch {
    return 'Error';
  }
}
