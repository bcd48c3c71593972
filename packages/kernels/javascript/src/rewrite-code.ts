import { type BlockFunction, toBlockEdits } from './block-functions.ts';
import { type Edit, type Range, blanked, render, toBlank } from './edits.ts';
import { toNameEdits } from './named-values.ts';
import { type SyntaxProblem, parseCode, tooDeep } from './parse-code.ts';
import { type NamedValue, type Target, type TopVar, findScopes } from './scopes.ts';
import { evaluatedName } from './shadowed-globals.ts';
import {
  behindDefault,
  behindLabels,
  exportedName,
  isBare,
  isDeclaration,
  isNamed,
  mergedName,
  resultOf,
} from './statements.ts';
import { type TreeNode, boundIn, child, childOrNone, children, nameOf } from './syntax-tree.ts';

// Code of the user as scripts that follow each other. A script may not declare what another has declared, so every declaration becomes an assignment to
// a variable that is declared apart, once. Functions and imports, which come before all other code, are moved into parts of their own. Code that awaits
// becomes a function. Lines stay where they are.

/** A static import, or an export that imports. */
export interface PieceImport {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly line: number;
  /** Which exports become which names: `*` is the whole module. */
  readonly bindings: ReadonlyArray<readonly [exported: string, name: string]>;
}

/** A piece of code that is ready to be run. */
export interface Piece<Body = string> {
  readonly imports: readonly PieceImport[];
  /** Names that it declares; those that have no value again, if they had one; and those that are constant. */
  readonly declared: readonly string[];
  readonly reset: readonly string[];
  readonly constants: ReadonlySet<string>;
  /** Names that functions of blocks are assigned to. */
  readonly hoisted: readonly string[];
  /** Assigns the functions; runs before the body. */
  readonly functions: string | undefined;
  readonly body: Body;
  /** Whether the body gives a promise of its value. */
  readonly isAsync: boolean;
  /** Whether its last statement is an expression, whose value is the result. */
  readonly hasResult: boolean;
  readonly edits: readonly Edit[];
}

/** What the context has declared so far. */
export interface Declared {
  readonly names: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
}

/** The global object that rewritten code calls; not for users. */
export const kernelName = '__quicksand';

/** Space that nobody writes: behind it was the name of a function that was declared with one. */
export const declaredMark = '\v';

/** What holds all that is to be disposed of. */
const stackName = `${kernelName}_used`;

/** What a body that awaits begins with; its columns count from behind it. */
export const asyncStart = '(async()=>{';

/**
 * Rewrites a piece of code, or says what is wrong with it. Code that was generated from TypeScript may end with declarations that nobody wrote.
 */
export function rewriteCode(
  code: string,
  declared: Declared,
  isGenerated: boolean = false,
): Piece | { readonly problem: SyntaxProblem } {
  const parsed = parseCode(code);
  if ('problem' in parsed) return parsed;
  const last = children(parsed.program, 'body').findLast(
    (statement) => statement.type !== 'EmptyStatement' && !(isGenerated && isBare(statement)),
  );
  const merged = isGenerated ? children(parsed.program, 'body').map(mergedName) : [];
  try {
    return new Rewrite(code, declared, new Set(merged)).finish(parsed.program, last, parsed.isObject);
  } catch (error) {
    if (error instanceof RangeError) return { problem: { message: tooDeep, line: 1, column: 1 } };
    throw error;
  }
}

class Rewrite {
  readonly #code: string;
  readonly #declared: Declared;
  /** Enums and namespaces: each execution has its own. */
  readonly #merged: ReadonlySet<string | undefined>;
  readonly #edits: Edit[] = [];
  readonly #functions: TreeNode[] = [];
  readonly #imports: PieceImport[] = [];
  readonly #names = new Set<string>();
  readonly #reset = new Set<string>();
  readonly #constants = new Set<string>();
  /** Something is `using` at the top. */
  #disposes = false;
  /** The line of a place that was looked for: imports come in order. */
  #known = { place: 0, line: 1 };

  constructor(code: string, declared: Declared, merged: ReadonlySet<string | undefined>) {
    this.#code = code;
    this.#declared = declared;
    this.#merged = merged;
  }

  finish(program: TreeNode, last: TreeNode | undefined, isObject: boolean): Piece {
    const body = children(program, 'body');
    const { assigned, globalNames, named: values, vars, blockFunctions, special, awaits } = findScopes(program);
    for (const statement of body) this.#top(statement);
    const isAsync = awaits || this.#disposes;
    for (const top of vars) this.#var(top);
    const hoisted = this.#hoist(blockFunctions);
    for (const node of special) this.#special(node);
    this.#keepNames(values);
    const refused = assigned.filter(({ identifier }) => this.#isConstant(nameOf(identifier)));
    for (const target of refused) this.#rename(target, `${kernelName}.constant.${nameOf(target.identifier)}`);
    if (globalNames.length > 0)
      this.#renameAll(globalNames, new Set(refused.map(({ identifier }) => identifier.start)));
    const result = last && resultOf(last, this.#code);
    if (isAsync) this.#return(result);
    else if (isObject && result) this.#wrap(result, '(', ')');
    this.#edits.sort((a, b) => a.start - b.start || a.end - b.end);
    return {
      imports: this.#imports,
      declared: [...this.#names],
      reset: [...this.#reset],
      constants: this.#constants,
      hoisted,
      functions: this.#functions.length > 0 ? this.#renderFunctions(body) : undefined,
      body: isAsync ? `${asyncStart}${this.#renderBody()}\n})()` : this.#renderBody(),
      isAsync,
      hasResult: result !== undefined,
      edits: this.#edits,
    };
  }

  #wrap({ start, end }: Range, before: string, after: string): void {
    this.#edit({ start, end: start, insert: before });
    this.#edit({ start: end, end, insert: after });
  }

  #isConstant(name: string): boolean {
    return (this.#names.has(name) ? this.#constants : this.#declared.constants).has(name);
  }

  #rename({ identifier, isShorthand }: Target, to: string): void {
    const { start, end } = identifier;
    this.#edit({ start, end, insert: isShorthand ? `${nameOf(identifier)}: ${to}` : to });
  }

  /** Where the name of a global means a variable of the user's; `but` are places that have been changed. */
  #renameAll(targets: readonly Target[], but: ReadonlySet<number>): void {
    for (const target of targets) {
      const name = nameOf(target.identifier);
      if (this.#isOfUser(name) && !but.has(target.identifier.start)) this.#rename(target, evaluatedName(name));
    }
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
        this.#class(statement);
        break;
      case 'FunctionDeclaration':
        this.#function(statement);
        break;
      case 'LabeledStatement':
        this.#labeled(statement);
        break;
      case 'ImportDeclaration':
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
    const kind = String(statement['kind']);
    for (const declarator of children(statement, 'declarations')) {
      for (const { identifier } of boundIn(child(declarator, 'id'))) {
        const name = nameOf(identifier);
        for (const names of [this.#reset, this.#names]) names.add(name);
        if (kind !== 'let') this.#constants.add(name);
      }
    }
    if (kind.endsWith('using')) this.#dispose(statement);
    else this.#toAssignments(statement, kind);
  }

  /** What is `using` is disposed of where the code ends; its names stay, as those of constants do. */
  #dispose(statement: TreeNode): void {
    const declarators = children(statement, 'declarations');
    const { start } = declarators[0] as TreeNode;
    const insert = this.#disposes ? '' : `await using ${stackName}=new AsyncDisposableStack();`;
    this.#disposes = true;
    this.#edit(blanked(this.#code, statement.start, start, insert));
    for (const declarator of declarators) this.#wrap(child(declarator, 'init'), `${stackName}.use(`, ')');
  }

  #keepNames(values: readonly NamedValue[]): void {
    this.#edits.unshift(...toNameEdits(values.filter(({ identifier }) => this.#isOfUser(nameOf(identifier)))));
  }

  #isOfUser(name: string): boolean {
    return this.#names.has(name) || this.#declared.names.has(name);
  }

  #class(statement: TreeNode): void {
    const name = nameOf(child(statement, 'id'));
    const { start, end } = statement;
    this.#names.add(name);
    this.#reset.add(name);
    this.#edit({ start, end: start, insert: `${evaluatedName(name)}=` });
    this.#edit({ start: end, end, insert: ';' });
  }

  /** In a function there is no first line for the system, and the value is returned. */
  #return(result: Range | undefined): void {
    const length = /^#!.*/.exec(this.#code)?.[0].length ?? 0;
    if (length > 0) this.#edit(blanked(this.#code, 0, length));
    if (result) this.#wrap(result, 'return(', ')');
  }

  /** `function f(` becomes `f=function(`; what is called otherwise there keeps its name. */
  #function(statement: TreeNode): void {
    const id = child(statement, 'id');
    const name = nameOf(id);
    const evaluated = evaluatedName(name);
    const own = evaluated === name ? declaredMark : ` ${name}`;
    const kind = `${statement['async'] ? 'async ' : ''}function${statement['generator'] ? '*' : ''}`;
    this.#functions.push(statement);
    this.#names.add(name);
    this.#edit(blanked(this.#code, statement.start, id.end, `${evaluated}=${kind}${own}`));
  }

  /** A function may have labels, which say nothing. */
  #labeled(statement: TreeNode): void {
    const labeled = behindLabels(statement);
    if (labeled.type !== 'FunctionDeclaration') return;
    this.#edit(blanked(this.#code, statement.start, labeled.start));
    this.#function(labeled);
  }

  #import(statement: TreeNode): void {
    const bindings = children(statement, 'specifiers').map((specifier): [string, string] => {
      const name = nameOf(child(specifier, 'local'));
      this.#names.add(name);
      this.#constants.add(name);
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
      line: this.#lineOf(start),
      bindings,
    });
    this.#edit(blanked(this.#code, start, end, ';'));
  }

  #lineOf(place: number): number {
    const ends = this.#code.slice(this.#known.place, place).split('\n').length - 1;
    this.#known = { place, line: this.#known.line + ends };
    return this.#known.line;
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
    this.#edit(blanked(this.#code, statement.start, behindDefault(statement, this.#code), ';'));
    if (isNamed(declaration)) this.#top(declaration);
    else if (isDeclaration(declaration)) this.#wrap(declaration, '(', ')');
  }

  #var({ node, parent }: TopVar): void {
    for (const declarator of children(node, 'declarations')) {
      for (const { identifier } of boundIn(child(declarator, 'id'))) {
        this.#names.add(nameOf(identifier));
        if (this.#merged.has(nameOf(identifier))) this.#reset.add(nameOf(identifier));
      }
    }
    this.#toAssignments(node, 'var', parent);
  }

  /** What is declared by `let` and the like, no function of a block is assigned to. */
  #hoist(functions: readonly BlockFunction[]): string[] {
    const names = new Set(functions.map(({ name }) => name));
    for (const name of names) if (this.#reset.has(name) || this.#constants.has(name)) names.delete(name);
    for (const name of names) this.#names.add(name);
    const assign = (name: string): string => (names.has(name) ? `${kernelName}.put.${name}(${name});` : '');
    const { begins, ends } = toBlockEdits(functions, assign);
    this.#edits.push(...begins);
    this.#edits.unshift(...ends);
    return [...names];
  }

  /** The keyword goes; what is left assigns, where it has something to assign. */
  #toAssignments(node: TreeNode, keyword: string, parent?: TreeNode): void {
    const { start, end } = node;
    const isStatement =
      !parent || /^(Program|BlockStatement|StaticBlock|SwitchCase|ExportNamedDeclaration)$/.test(parent.type);
    // As a statement a name alone would have a value, and go on in a next line that begins with a bracket.
    if (isStatement && isBare(node)) return this.#edit(blanked(this.#code, start, end, ';'));
    const declarators = children(node, 'declarations');
    const [first, last] = [declarators[0] as TreeNode, declarators.at(-1) as TreeNode];
    const isHead = /^For(In|Of)Statement$/.test(parent?.type ?? '') && parent?.['left'] === node;
    const isPattern = child(first, 'id').type === 'ObjectPattern' && !isHead;
    const open = `${isStatement && child(first, 'id').type !== 'Identifier' ? ';' : ''}${isPattern ? '(' : ''}`;
    this.#edit({ start, end: start + keyword.length, insert: open.padStart(keyword.length) });
    if (isPattern) this.#edit({ start: first.end, end: first.end, insert: ')' });
    const isOpen = isStatement && !childOrNone(last, 'init') && this.#code[end - 1] !== ';';
    if (isOpen) this.#edit({ start: end, end, insert: ';' });
  }

  #special(node: TreeNode): void {
    const { start, end } = node;
    if (node.type === 'MetaProperty') {
      if (nameOf(child(node, 'meta')) === 'import') this.#edit({ start, end, insert: `${kernelName}.meta` });
    } else if (node.type === 'ImportExpression') {
      // To Node, code without a file is nobody, and what nobody imports is the main module.
      this.#edit({ start, end: start + 'import'.length, insert: `${kernelName}.load` });
    } else if (child(node, 'argument').type !== 'NewExpression') {
      // Where something is thrown that is no error, nothing else would know the line.
      const argument = child(node, 'argument');
      const [open, close] = argument.type === 'SequenceExpression' ? ['((', '))'] : ['(', ')'];
      const space = argument.start === start + 'throw'.length ? ' ' : '';
      this.#wrap(argument, `${space}${kernelName}.thrown${open}`, close);
    }
  }

  /** All but the functions. */
  #renderBody(): string {
    let text = '';
    let at = 0;
    for (const { start, end } of this.#functions) {
      text += render(this.#code, this.#edits, at, start) + toBlank(render(this.#code, this.#edits, start, end));
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
      const gap = toBlank(render(this.#code, this.#edits, at, start));
      // Columns are those of the body, which has the same edits.
      text += at > 0 && !gap.startsWith('\n') ? `;${gap.slice(1)}` : gap;
      text += render(this.#code, this.#edits, start, end);
      at = end;
    }
    return text;
  }
}
