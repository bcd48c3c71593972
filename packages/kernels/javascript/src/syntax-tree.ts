// The tree that acorn makes, as far as this kernel looks into it.

/** A node of the tree; what else it has depends on its type. */
export interface TreeNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [name: string]: unknown;
}

/** A child that is there for its type. */
export function child(node: TreeNode, name: string): TreeNode {
  return node[name] as TreeNode;
}

/** A child that may not be there. */
export function childOrNone(node: TreeNode, name: string): TreeNode | undefined {
  return (node[name] ?? undefined) as TreeNode | undefined;
}

/** Children in a list; holes are left out. */
export function children(node: TreeNode, name: string): readonly TreeNode[] {
  return ((node[name] ?? []) as Array<TreeNode | null>).filter((item) => item !== null);
}

/** All children, whatever they are called. */
export function* allChildren(node: TreeNode): Generator<TreeNode, void, undefined> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}

/** The name of an identifier. */
export function nameOf(node: TreeNode): string {
  return node['name'] as string;
}

/** The identifiers that a pattern binds or assigns, with the shorthand property that one stands for. */
export function* boundIn(pattern: TreeNode, property?: TreeNode): Generator<Bound, void, undefined> {
  switch (pattern.type) {
    case 'Identifier':
      yield { identifier: pattern, isShorthand: property?.['shorthand'] === true };
      break;
    case 'ObjectPattern':
      for (const item of children(pattern, 'properties')) {
        if (item.type === 'Property') yield* boundIn(child(item, 'value'), item);
        else yield* boundIn(item);
      }
      break;
    case 'ArrayPattern':
      for (const item of children(pattern, 'elements')) yield* boundIn(item);
      break;
    case 'AssignmentPattern':
      yield* boundIn(child(pattern, 'left'), property);
      break;
    case 'RestElement':
      yield* boundIn(child(pattern, 'argument'));
      break;
    default: // a member expression, which binds nothing
  }
}

/** An identifier in a pattern. */
export interface Bound {
  readonly identifier: TreeNode;
  readonly isShorthand: boolean;
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
