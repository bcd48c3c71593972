import { type LongText, shortLength } from './long-text.ts';

/** Text of one stream. */
export interface StreamText<Text = string | LongText> {
  readonly type: 'stdout' | 'stderr';
  readonly text: Text;
}

/** How long text without a line end waits for the rest of its line, in milliseconds. */
const joinMs = 4;
const clock = (): number => performance.now();
/** How far apart, at least, a line that is written over and over is told again: often enough for an eye. */
const redrawMs = 50;

/**
 * Joins the pieces of a line to one event (R1), and the redraws of a progress bar: those that follow another within {@link redrawMs} wait for
 * what is left of it. Nothing is dropped, and the order stays (R2).
 */
export class TextJoiner {
  readonly #tell: (text: StreamText) => void;
  readonly #now: () => number;
  #held: { readonly type: StreamText['type']; readonly text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #holdsRedraw = false;
  #redrawnAt = -redrawMs;

  /** `tell` gets the joined text, `now` is a clock in milliseconds. */
  constructor(tell: (text: StreamText) => void, now: () => number = clock) {
    this.#tell = tell;
    this.#now = now;
  }

  add(type: StreamText['type'], text: string | LongText): void {
    if (this.#held && this.#held.type !== type) this.flush();
    const before = this.#held?.text ?? '';
    const redraws = isRedraw(typeof text === 'string' ? text : text.bytes);
    if (redraws) this.#holdsRedraw = true;
    if (typeof text !== 'string') return this.#flush({ type, text: text.after(before) });
    this.#held = { type, text: before + text };
    if (this.#held.text.length > shortLength) return this.flush();
    const ended = text.endsWith('\n') || text.endsWith('\r');
    const early = redraws ? this.#redrawnAt + redrawMs - this.#now() : 0;
    this.#flushWithin(early > 0 ? early : ended ? 0 : joinMs);
  }

  /** Tells what is held. */
  flush(): void {
    this.#flush(this.#held);
  }

  /** Tells `all`, which is what is held and what may have come to it. */
  #flush(all: StreamText | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#holdsRedraw) this.#redrawnAt = this.#now();
    this.#holdsRedraw = false;
    this.#held = undefined;
    if (all) this.#tell(all);
  }

  #flushWithin(ms: number): void {
    if (ms === 0) return this.flush();
    const due = this.#now() + ms;
    if (this.#timer && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.flush(), ms);
  }
}

/** True for text that goes back to the start of its line and stays in it. */
function isRedraw(text: string | Buffer): boolean {
  return text.includes('\r') && !text.includes('\n');
}
