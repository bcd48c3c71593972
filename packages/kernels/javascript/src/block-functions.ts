import type { Edit } from './edits.ts';
import type { TreeNode } from './syntax-tree.ts';

// A function that is declared in a block is a variable of the top, too, from where the block declares it on. V8 would make that a property of the global
// object, or say that the name is taken. So it must not see such a function, and the variable is assigned to apart.

/** A function that is declared in a block, in code that is not strict. */
export interface BlockFunction {
  readonly name: string;
  readonly node: TreeNode;
  /** The block, or the `switch`; the function itself where it stands for a block, behind an `if`. */
  readonly block: TreeNode;
}

/** Changes around such functions and their blocks. Where a block ends, something else may begin: that comes behind what `ends` has. */
export function toBlockEdits(
  functions: readonly BlockFunction[],
  assign: (name: string) => string,
): { readonly begins: readonly Edit[]; readonly ends: readonly Edit[] } {
  const names = new Map<TreeNode, Set<string>>();
  for (const { name, block } of functions) names.set(block, (names.get(block) ?? new Set()).add(name));
  const blocks = [...names].map(([{ type, start, end }, declared]) => {
    // To the language a name that is declared around the block stands between the function and the top.
    const open = `{let ${[...declared].join()};`;
    if (type === 'FunctionDeclaration') {
      const [name = ''] = declared;
      const begin = { start, end: start, insert: `${open}{` };
      return { begin, end: { start: end, end, insert: `${assign(name)}}}` } };
    }
    const isBlock = type === 'BlockStatement';
    const begin = isBlock ? { start, end: start + 1, insert: `${open}{` } : { start, end: start, insert: open };
    return { begin, end: { start: end, end, insert: '}' } };
  });
  const assignments = functions
    .filter(({ node, block }) => node !== block)
    .map(({ name, node: { end } }) => ({ start: end, end, insert: assign(name) }));
  return {
    begins: [...blocks.map(({ begin }) => begin), ...assignments],
    ends: blocks.map(({ end }) => end),
  };
}
