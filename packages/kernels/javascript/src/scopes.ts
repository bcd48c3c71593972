import type { BlockFunction } from './block-functions.ts';
import { isGlobalName } from './shadowed-globals.ts';
import { type TreeNode, allChildren, boundIn, child, childOrNone, children, nameOf } from './syntax-tree.ts';

/** Where names live. */
class Scope {
  readonly names = new Set<string>();
  /** Those that do not keep functions of the blocks in it from being variables of the function around it. */
  readonly yielding = new Set<string>();
  readonly above: Scope | undefined;
  readonly isFunction: boolean;
  readonly isStrict: boolean;
  /** Of a block, or what has one. */
  readonly node: TreeNode | undefined;

  constructor(above?: Scope, isFunction: boolean = true, isStrict: boolean = false, node?: TreeNode) {
    this.above = above;
    this.isFunction = isFunction;
    this.isStrict = isStrict || above?.isStrict === true;
    this.node = node;
  }

  get function(): Scope {
    return this.isFunction || !this.above ? this : this.above.function;
  }

  /** True when the name means what the top of the code means by it. */
  isTop(name: string): boolean {
    return this.above === undefined || (!this.names.has(name) && this.above.isTop(name));
  }
}

/** An identifier that stands for a variable. */
export interface Target {
  readonly identifier: TreeNode;
  readonly isShorthand: boolean;
}

/** A `var` whose names belong to the top. */
export interface TopVar {
  readonly node: TreeNode;
  /** The statement whose child it is. */
  readonly parent: TreeNode;
}

/** A value that is called like what it is assigned to. */
export interface NamedValue {
  readonly identifier: TreeNode;
  readonly value: TreeNode;
}

/** What {@link findScopes} finds in a piece of code. */
export interface Findings {
  /** Assignments to names of the top, of this piece or of another. */
  readonly assigned: readonly Target[];
  /** Wherever a name that globals have, too, means what the top of the code means by it. */
  readonly globalNames: readonly Target[];
  /** Functions and classes without a name that are assigned to such a name, and called like it; the outer ones first. */
  readonly named: readonly NamedValue[];
  readonly vars: readonly TopVar[];
  /** Functions of blocks that are variables of the top, too. */
  readonly blockFunctions: readonly BlockFunction[];
  /** `import.meta`, `import()` and `throw …`, wherever they are. */
  readonly special: readonly TreeNode[];
  /** Whether something is awaited outside of functions. */
  readonly awaits: boolean;
}

/** Walks through a whole piece of code once. */
export function findScopes(program: TreeNode): Findings {
  const walk = new Walk(new Scope(undefined, true, isStrict(program)));
  for (const statement of children(program, 'body')) walk.visit(statement, walk.top, program);
  return walk.findings();
}

type Scoped<T> = T & { readonly scope: Scope };

class Walk {
  readonly top: Scope;
  readonly #targets: Array<Scoped<Target>> = [];
  readonly #globalNames: Array<Scoped<Target>> = [];
  readonly #named: Array<Scoped<NamedValue>> = [];
  /** Where properties begin that are called like the variable that they hold. */
  readonly #shorthands = new Set<number>();
  readonly #vars: TopVar[] = [];
  readonly #special: TreeNode[] = [];
  readonly #blockFunctions: Array<Scoped<BlockFunction>> = [];
  #awaits = false;

  constructor(top: Scope) {
    this.top = top;
  }

  findings(): Findings {
    const blockFunctions = this.#blockFunctions.filter((one) => hoist(one) === this.top);
    const isOfTop = ({ identifier, scope }: Scoped<{ identifier: TreeNode }>): boolean =>
      scope.isTop(nameOf(identifier));
    return {
      assigned: this.#targets.filter(isOfTop),
      globalNames: this.#globalNames.filter(isOfTop),
      named: this.#named.filter(isOfTop),
      vars: this.#vars,
      blockFunctions,
      special: this.#special,
      awaits: this.#awaits,
    };
  }

  visit(node: TreeNode, scope: Scope, parent: TreeNode): void {
    switch (node.type) {
      case 'Identifier':
        return this.#name(node, scope, parent);
      case 'Property':
        if (node['shorthand'] === true) this.#shorthands.add(node.start);
        break;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#visitFunction(node, scope);
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#visitClass(node, scope);
      case 'VariableDeclaration':
        this.#declare(node, scope, parent);
        break;
      case 'AssignmentExpression':
        this.#assign(child(node, 'left'), scope);
        this.#nameValue(node, scope);
        break;
      case 'AssignmentPattern':
      case 'VariableDeclarator':
        this.#nameValue(node, scope);
        break;
      case 'AwaitExpression':
        this.#await(scope);
        break;
      case 'UpdateExpression':
        this.#assign(child(node, 'argument'), scope);
        break;
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node['await'] === true) this.#await(scope);
        if (child(node, 'left').type !== 'VariableDeclaration') this.#assign(child(node, 'left'), scope);
        return this.#visitAll(node, new Scope(scope, false));
      case 'MetaProperty':
      case 'ImportExpression':
      case 'ThrowStatement':
        this.#special.push(node);
        break;
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'ExportSpecifier':
        return;
      case 'CatchClause':
        return this.#visitCatch(node, scope);
      case 'IfStatement':
        return this.#visitIf(node, scope);
      case 'ForStatement':
      case 'BlockStatement':
      case 'SwitchStatement':
        return this.#visitAll(node, new Scope(scope, false, false, node));
      case 'StaticBlock':
        return this.#visitAll(node, new Scope(scope));
      default:
    }
    this.#visitAll(node, scope);
  }

  #name(identifier: TreeNode, scope: Scope, parent: TreeNode): void {
    if (!isGlobalName(nameOf(identifier)) || !isVariable(identifier, parent)) return;
    this.#globalNames.push({ identifier, isShorthand: this.#shorthands.has(identifier.start), scope });
  }

  #visitAll(node: TreeNode, scope: Scope): void {
    for (const below of allChildren(node)) this.visit(below, scope, node);
  }

  /** A function in the place of a statement is in a block of its own. */
  #visitIf(node: TreeNode, scope: Scope): void {
    for (const below of allChildren(node)) {
      const isBlock = below.type === 'FunctionDeclaration';
      this.visit(below, isBlock ? new Scope(scope, false, false, below) : scope, node);
    }
  }

  /** Parameters do not see what the body declares. */
  #visitFunction(node: TreeNode, scope: Scope): void {
    const body = child(node, 'body');
    const own = new Scope(scope, true, isStrict(body));
    const id = childOrNone(node, 'id');
    if (node.type === 'FunctionDeclaration') this.#declareFunction(node, scope);
    else if (id) own.names.add(nameOf(id));
    for (const parameter of children(node, 'params')) {
      bind(parameter, own);
      this.visit(parameter, own, node);
    }
    if (body.type === 'BlockStatement') this.#visitAll(body, new Scope(own));
    else this.visit(body, own, node);
  }

  #declareFunction(node: TreeNode, scope: Scope): void {
    const id = childOrNone(node, 'id');
    if (!id) return;
    const name = nameOf(id);
    scope.names.add(name);
    const isPlain = node['async'] !== true && node['generator'] !== true;
    const { node: block } = scope;
    if (!isPlain || !block || scope.isStrict) return;
    scope.yielding.add(name);
    this.#blockFunctions.push({ name, node, block, scope });
  }

  #visitClass(node: TreeNode, scope: Scope): void {
    const own = new Scope(scope, false, true);
    const id = childOrNone(node, 'id');
    if (id && node.type === 'ClassDeclaration') scope.names.add(nameOf(id));
    if (id) own.names.add(nameOf(id));
    this.#visitAll(node, own);
  }

  #visitCatch(node: TreeNode, scope: Scope): void {
    const own = new Scope(scope, false);
    const parameter = childOrNone(node, 'param');
    if (parameter) bind(parameter, own);
    if (parameter?.type === 'Identifier') own.yielding.add(nameOf(parameter));
    this.#visitAll(node, own);
  }

  #declare(node: TreeNode, scope: Scope, parent: TreeNode): void {
    const isVar = node['kind'] === 'var';
    if (node['kind'] === 'await using') this.#await(scope);
    const where = isVar ? scope.function : scope;
    if (isVar && where === this.top) this.#vars.push({ node, parent });
    for (const declarator of children(node, 'declarations')) bind(child(declarator, 'id'), where);
  }

  #await(scope: Scope): void {
    if (scope.function === this.top) this.#awaits = true;
  }

  /** What is assigned in parentheses, or by an operator that computes, is not called so. */
  #nameValue(node: TreeNode, scope: Scope): void {
    const isDeclared = node.type === 'VariableDeclarator';
    const [identifier, value] = [
      child(node, isDeclared ? 'id' : 'left'),
      childOrNone(node, isDeclared ? 'init' : 'right'),
    ];
    if (identifier.type !== 'Identifier' || identifier.start !== node.start || !value || !isNameless(value)) return;
    const isNaming = /^(=|\|\|=|&&=|\?\?=)$/.test(String(node['operator'] ?? '='));
    if (isNaming && isGlobalName(nameOf(identifier))) this.#named.push({ identifier, value, scope });
  }

  #assign(pattern: TreeNode, scope: Scope): void {
    for (const target of boundIn(pattern)) this.#targets.push({ ...target, scope });
  }
}

/** Such a function is a variable of the whole function around it, too, unless a block in between has one of that name. Gives the scope of the function. */
function hoist({ name, scope: { above } }: Scoped<BlockFunction>): Scope | undefined {
  let scope = above;
  while (scope && !scope.isFunction && (!scope.names.has(name) || scope.yielding.has(name))) scope = scope.above;
  if (!scope?.isFunction) return undefined;
  scope.names.add(name);
  return scope;
}

/** Of a program, or of what a function has for a body. */
function isStrict(body: TreeNode): boolean {
  if (body.type !== 'Program' && body.type !== 'BlockStatement') return false;
  return children(body, 'body').some((statement) => statement['directive'] === 'use strict');
}

function bind(pattern: TreeNode, scope: Scope): void {
  for (const { identifier } of boundIn(pattern)) scope.names.add(nameOf(identifier));
}

/** A function or a class that is called like what it is assigned to. */
function isNameless(value: TreeNode): boolean {
  const isFunction = /^(ArrowFunction|Function|Class)Expression$/.test(value.type);
  return isFunction && !childOrNone(value, 'id');
}

/** Not the name of a property, a label, or what a function or a class calls itself. */
function isVariable(identifier: TreeNode, parent: TreeNode): boolean {
  if (parent['label'] === identifier || parent['id'] === identifier) return parent.type === 'VariableDeclarator';
  const isMember = parent['property'] === identifier || parent['key'] === identifier;
  return (!isMember || parent['computed'] === true) && parent.type !== 'MetaProperty';
}
