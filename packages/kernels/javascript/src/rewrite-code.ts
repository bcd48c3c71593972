import { type Edit, blanked, render, toBlank } from './edits.ts';
import { type SyntaxProblem, parseCode } from './parse-code.ts';
import { type TopVar, findScopes } from './scopes.ts';
import { type TreeNode, boundIn, child, childOrNone, children, nameOf } from './syntax-tree.ts';

// Code of the user as V8's evaluation for prompts takes it, where `let` may be declared again. Every declaration becomes one, so that they may be of
// another kind each time; functions and imports, which come before all other code, are moved into a part of their own. Lines stay where they are.

/** A static import, or an export that imports. */
export interface PieceImport {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly line: number;
  /** Which exports become which names: `*` is the whole module. */
  readonly bindings: ReadonlyArray<readonly [exported: string, name: string]>;
}

/** A piece of code that is ready to be evaluated. */
export interface Piece {
  readonly imports: readonly PieceImport[];
  /** Names that must be declared first. */
  readonly declare: readonly string[];
  /** Assigns the functions; evaluated before the body. */
  readonly functions: string | undefined;
  readonly body: string;
  /** Whether its last statement is an expression, whose value is the result. */
  readonly hasResult: boolean;
  /** All names that it declares, and those of them that are constant. */
  readonly names: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
  readonly edits: readonly Edit[];
}

/** What the context has declared so far. */
export interface Declared {
  readonly names: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
}

/** The global object that rewritten code calls; not for users. */
export const kernelName = '__quicksand';

/** Rewrites a piece of code, or says what is wrong with it. */
export function rewriteCode(code: string, declared: Declared): Piece | { readonly problem: SyntaxProblem } {
  const parsed = parseCode(code);
  if ('problem' in parsed) return parsed;
  const rewrite = new Rewrite(code, declared);
  if (parsed.isObject) rewrite.wrap(children(parsed.program, 'body')[0] as TreeNode, '(', ')');
  return rewrite.finish(parsed.program);
}

class Rewrite {
  readonly #code: string;
  readonly #declared: Declared;
  readonly #edits: Edit[] = [];
  readonly #functions: TreeNode[] = [];
  readonly #imports: PieceImport[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Set<string>();
  /** Names that no declaration is left for. */
  readonly #declare = new Set<string>();

  constructor(code: string, declared: Declared) {
    this.#code = code;
    this.#declared = declared;
  }

  finish(program: TreeNode): Piece {
    const body = children(program, 'body');
    for (const statement of body) this.#top(statement);
    const { assigned, vars, special } = findScopes(program);
    for (const top of vars) this.#var(top);
    for (const node of special) this.#special(node);
    for (const { identifier, isShorthand } of assigned) {
      const name = nameOf(identifier);
      const isConstant = this.#names.has(name) ? this.#constants.has(name) : this.#declared.constants.has(name);
      const insert = `${isShorthand ? `${name}: ` : ''}${kernelName}.constant.${name}`;
      if (isConstant) this.#edit({ start: identifier.start, end: identifier.end, insert });
    }
    this.#edits.sort((a, b) => a.start - b.start || a.end - b.end);
    const last = body.findLast(({ type }) => type !== 'EmptyStatement');
    return {
      imports: this.#imports,
      declare: [...this.#declare],
      functions: this.#functions.length > 0 ? this.#renderFunctions(body) : undefined,
      body: this.#renderBody(),
      hasResult: last?.type === 'ExpressionStatement' || last?.type === 'ExportDefaultDeclaration',
      names: this.#names,
      constants: this.#constants,
      edits: this.#edits,
    };
  }

  wrap({ start, end }: TreeNode, before: string, after: string): void {
    this.#edit({ start, end: start, insert: before });
    this.#edit({ start: end, end, insert: after });
  }

  #edit(edit: Edit): void {
    this.#edits.push(edit);
  }

  #top(statement: TreeNode): void {
    switch (statement.type) {
      case 'VariableDeclaration':
        if (statement['kind'] !== 'var') this.#lexical(statement);
        break;
      case 'ClassDeclaration':
        this.#names.add(nameOf(child(statement, 'id')));
        break;
      case 'FunctionDeclaration':
        this.#function(statement);
        break;
      case 'ImportDeclaration':
        this.#import(statement);
        break;
      case 'ExportAllDeclaration':
        this.#import(statement);
        break;
      case 'ExportNamedDeclaration':
        this.#export(statement);
        break;
      case 'ExportDefaultDeclaration':
        this.#exportDefault(statement);
        break;
      default:
    }
  }

  #lexical(statement: TreeNode): void {
    const isConstant = statement['kind'] === 'const';
    for (const declarator of children(statement, 'declarations')) {
      for (const { identifier } of boundIn(child(declarator, 'id'))) {
        this.#names.add(nameOf(identifier));
        if (isConstant) this.#constants.add(nameOf(identifier));
      }
    }
    const { start } = statement;
    if (isConstant) this.#edit({ start, end: start + 'const'.length, insert: 'let  ' });
  }

  /** `function f(` becomes `f=function(`, which is as long. */
  #function(statement: TreeNode): void {
    const id = child(statement, 'id');
    const name = nameOf(id);
    const { start } = statement;
    const insert = `${name}=${statement['async'] ? 'async ' : ''}function${statement['generator'] ? '*' : ''}`;
    this.#functions.push(statement);
    this.#names.add(name);
    this.#declare.add(name);
    this.#edit(blanked(this.#code, start, id.end, insert));
  }

  #import(statement: TreeNode): void {
    const bindings = children(statement, 'specifiers').map((specifier): [string, string] => {
      const name = nameOf(child(specifier, 'local'));
      this.#names.add(name);
      this.#constants.add(name);
      this.#declare.add(name);
      if (specifier.type === 'ImportNamespaceSpecifier') return ['*', name];
      if (specifier.type === 'ImportDefaultSpecifier') return ['default', name];
      return [exportedName(child(specifier, 'imported')), name];
    });
    this.#addImport(statement, bindings);
  }

  #addImport(statement: TreeNode, bindings: PieceImport['bindings']): void {
    const { start, end } = statement;
    const given = children(statement, 'attributes').map((attribute) => [
      exportedName(child(attribute, 'key')),
      String(child(attribute, 'value')['value']),
    ]);
    this.#imports.push({
      specifier: String(child(statement, 'source')['value']),
      attributes: given.length > 0 ? (Object.fromEntries(given) as Record<string, string>) : undefined,
      line: this.#code.slice(0, start).split('\n').length,
      bindings,
    });
    this.#edit(blanked(this.#code, start, end, ';'));
  }

  #export(statement: TreeNode): void {
    const declaration = childOrNone(statement, 'declaration');
    const { start, end } = statement;
    if (declaration) {
      this.#edit(blanked(this.#code, start, declaration.start));
      this.#top(declaration);
    } else if (childOrNone(statement, 'source')) this.#addImport(statement, []);
    else this.#edit(blanked(this.#code, start, end, ';'));
  }

  #exportDefault(statement: TreeNode): void {
    const declaration = child(statement, 'declaration');
    this.#edit(blanked(this.#code, statement.start, declaration.start));
    if (/^(Function|Class)Declaration$/.test(declaration.type)) {
      if (childOrNone(declaration, 'id')) this.#top(declaration);
      else this.wrap(declaration, '(', ')');
    }
  }

  /** A `var` becomes assignments: its names are declared before, where they are not known already. */
  #var({ node, parent }: TopVar): void {
    const declarators = children(node, 'declarations');
    for (const declarator of declarators) {
      for (const { identifier } of boundIn(child(declarator, 'id'))) {
        const name = nameOf(identifier);
        this.#names.add(name);
        if (!this.#declared.names.has(name)) this.#declare.add(name);
      }
    }
    const { start } = node;
    const first = declarators[0] as TreeNode;
    const isHead = /^For(In|Of)Statement$/.test(parent.type) && parent['left'] === node;
    const isPattern = child(first, 'id').type === 'ObjectPattern' && !isHead;
    const isStatement = /^(Program|BlockStatement|StaticBlock|SwitchCase)$/.test(parent.type);
    const open = `${isStatement && child(first, 'id').type !== 'Identifier' ? ';' : ''}${isPattern ? '(' : ''}`;
    this.#edit({ start, end: start + 'var'.length, insert: open.padStart('var'.length) });
    if (isPattern) this.#edit({ start: first.end, end: first.end, insert: ')' });
  }

  #special(node: TreeNode): void {
    const { start, end } = node;
    if (node.type === 'ImportExpression') {
      this.#edit({ start, end: start + 'import'.length, insert: `${kernelName}.import` });
    } else if (node.type === 'MetaProperty') {
      if (nameOf(child(node, 'meta')) === 'import') this.#edit({ start, end, insert: `${kernelName}.meta` });
    } else if (child(node, 'argument').type !== 'NewExpression') {
      // Where something is thrown that is no error, nothing else would know the line.
      this.wrap(child(node, 'argument'), `${kernelName}.thrown(`, ')');
    }
  }

  /** All but the functions. */
  #renderBody(): string {
    let text = '';
    let at = 0;
    for (const { start, end } of this.#functions) {
      text += render(this.#code, this.#edits, at, start) + toBlank(this.#code.slice(start, end));
      at = end;
    }
    return text + render(this.#code, this.#edits, at);
  }

  /** The functions, and nothing else but the directives. */
  #renderFunctions(body: readonly TreeNode[]): string {
    const directives = body.filter((statement) => typeof statement['directive'] === 'string');
    const kept = [...directives, ...this.#functions].toSorted((a, b) => a.start - b.start);
    let text = '';
    let at = 0;
    for (const { start, end } of kept) {
      text += `${toBlank(this.#code.slice(at, start))}${render(this.#code, this.#edits, start, end)};`;
      at = end;
    }
    return text;
  }
}

function exportedName(node: TreeNode): string {
  return node.type === 'Identifier' ? nameOf(node) : String(node['value']);
}
