import { readFile } from 'node:fs/promises';

/** The programs of Cloudflare's page on `runCodeStream`, as the page's text has them: without the layout that Python needs. */
export async function readSeedPrograms(): Promise<{ events: string; worker: string }> {
  const page = await readFile(new URL('fixtures/run-code-stream.txt', import.meta.url), 'utf8');
  const [, events, worker] = /^Example\n(.*)^Example: Streaming to Response\n(.*)^Notes\n/ms.exec(page) ?? [];
  if (events === undefined || worker === undefined) throw new Error('the page has not both of its programs');
  return { events, worker };
}

/** Indents the two lines below `for i in range(5):`. */
export function indentLoop(program: string): string {
  return replaceOnce(
    program,
    '(5):\nprint(f"Count: {i}")\ntime.sleep(0.5)\n',
    '(5):\n    print(f"Count: {i}")\n    time.sleep(0.5)\n',
  );
}

/** Awaits the body before its field is read. */
export function awaitBody(program: string): string {
  return replaceOnce(program, 'request.json().code', '(await request.json()).code');
}

/** Adds the import and the bindings that the second program leaves out. */
export function addBindings(program: string): string {
  return `import { getSandbox, type Sandbox } from '@cloudflare/sandbox';
export { Sandbox } from '@cloudflare/sandbox';
interface Env { SANDBOX: DurableObjectNamespace<Sandbox> }
${program}`;
}

/** Puts the first program, which is no handler, into one: it runs when the Worker is asked for anything. */
export function toHandler(program: string): string {
  const [importLine, ...body] = program.split('\n');
  return `${importLine}
export { Sandbox } from '@cloudflare/sandbox';
export default {
  async fetch(request, env) {
${body.join('\n')}
    return new Response('ended');
  },
};`;
}

/** Answers with what the second program throws. */
export function catchErrors(program: string): string {
  return `${replaceOnce(program, 'export default {', 'const program = {')}
export default {
  fetch: (request: Request, env: Env) =>
    program.fetch(request, env).catch((error) => Response.json(error.toBody(), { status: error.status })),
};`;
}

function replaceOnce(text: string, part: string, by: string): string {
  if (text.split(part).length !== 2) throw new Error(`the program has not exactly one ${JSON.stringify(part)}`);
  return text.replace(part, () => by);
}
