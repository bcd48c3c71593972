import type { Box, RunFields } from '../box.ts';
import type { EventReader } from '../event-reader.ts';
import type { Run } from '../run.ts';
import type { Suite } from '../suite.ts';

/** The languages of this part of the suite. */
export type ScriptLanguage = 'javascript' | 'typescript';

/** A sandbox in which code of one of these languages runs. */
export class ScriptBox {
  readonly box: Box;
  readonly #language: ScriptLanguage;

  constructor(box: Box, language: ScriptLanguage) {
    this.box = box;
    this.#language = language;
  }

  run(code: string, fields: RunFields = {}): Promise<Run> {
    return this.box.run(code, { language: this.#language, ...fields });
  }

  start(code: string, fields: RunFields = {}): Promise<EventReader> {
    return this.box.start(code, { language: this.#language, ...fields });
  }
}

/** A sandbox of a case's own. */
export function openScriptBox(suite: Suite, language: ScriptLanguage = 'javascript'): ScriptBox {
  return new ScriptBox(suite.box(), language);
}

/** One sandbox for many cases that do not get in each other's way: each waits for its turn in the one context. */
export function sharedScriptBox(suite: Suite, language: ScriptLanguage = 'javascript'): () => ScriptBox {
  let shared: ScriptBox | undefined;
  return () => (shared ??= openScriptBox(suite, language));
}

/** Code that waits for something that only the reader of the stream can cause; `openGate` of another context does. */
export const waitAtScriptGate = `
while (!require('node:fs').existsSync('/workspace/.gate')) await new Promise((go) => setTimeout(go, 5));
`;

/** The same without giving way. */
export const spinAtScriptGate = `
while (!require('node:fs').existsSync('/workspace/.gate'));
`;
