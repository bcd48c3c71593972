import type { Edit } from './edits.ts';
import type { NamedValue } from './scopes.ts';
import { nameOf } from './syntax-tree.ts';

/**
 * Gives values the names that were written. A function without a name is called like its variable, which is called otherwise where the code is evaluated.
 * Where such a function ends, something around it may end, too: that comes behind.
 */
export function toNameEdits(values: readonly NamedValue[]): Edit[] {
  return values.toReversed().flatMap(({ identifier, value: { start, end } }) => {
    const name = nameOf(identifier);
    return [
      { start, end: start, insert: `({${name}:` },
      { start: end, end, insert: `}).${name}` },
    ];
  });
}
