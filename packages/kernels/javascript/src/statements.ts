import type { Range } from './edits.ts';
import { type TreeNode, child, childOrNone, children, nameOf } from './syntax-tree.ts';

// What the kernel asks of statements at the top.

/** `var a, b`, without values, exported or not. */
export function isBare(statement: TreeNode): boolean {
  const declaration = childOrNone(statement, 'declaration') ?? statement;
  const isOfVariables = declaration.type === 'VariableDeclaration';
  return isOfVariables && children(declaration, 'declarations').every((one) => !childOrNone(one, 'init'));
}

/** The expression whose value is that of the code, with the parentheses around it, which are no part of its node. */
export function resultOf(last: TreeNode, code: string): Range | undefined {
  const end = code[last.end - 1] === ';' ? last.end - 1 : last.end;
  if (last.type === 'ExpressionStatement') return { start: last.start, end };
  if (last.type !== 'ExportDefaultDeclaration' || isNamed(child(last, 'declaration'))) return undefined;
  return { start: behindDefault(last, code), end };
}

/** A function or a class. */
export function isDeclaration({ type }: TreeNode): boolean {
  return type === 'FunctionDeclaration' || type === 'ClassDeclaration';
}

/** Such a one that has a name. */
export function isNamed(declaration: TreeNode): boolean {
  return isDeclaration(declaration) && childOrNone(declaration, 'id') !== undefined;
}

/** The place behind `export default`. */
export function behindDefault({ start, end }: TreeNode, code: string): number {
  const found = /^export(?:\s|\/\/.*|\/\*[^]*?\*\/)*default/.exec(code.slice(start, end));
  return start + (found?.[0].length ?? 0);
}

/** The statement that has labels, or that is given. */
export function behindLabels(statement: TreeNode): TreeNode {
  return statement.type === 'LabeledStatement' ? behindLabels(child(statement, 'body')) : statement;
}

/** An identifier, or a string in the place of one. */
export function exportedName(node: TreeNode): string {
  return node.type === 'Identifier' ? nameOf(node) : String(node['value']);
}

/** The name of an enum or a namespace that was generated from TypeScript: what has that name already would go into it. */
export function mergedName(statement: TreeNode): string | undefined {
  const declaration = childOrNone(statement, 'declaration') ?? statement;
  const [declarator] = children(declaration, 'declarations');
  const call = declarator ? childOrNone(declarator, 'init') : childOrNone(declaration, 'expression');
  const [given] = call?.type === 'CallExpression' ? children(call, 'arguments') : [];
  const before = given?.['operator'] === '||' ? child(given, 'left') : undefined;
  return before?.type === 'Identifier' ? nameOf(before) : undefined;
}
