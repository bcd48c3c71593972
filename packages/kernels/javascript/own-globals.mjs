import { builtinModules } from 'node:module';

/** What Node adds to the language and the kernel uses. */
const ofNode = [
  ...['process', 'Buffer', 'setTimeout', 'clearTimeout', 'setImmediate', 'setInterval'],
  ...['clearInterval', 'clearImmediate', 'queueMicrotask'],
];

/**
 * A plugin for esbuild: what the bundle uses of Node is what it was when the bundle was loaded. Code of the user that runs in the same process may assign
 * to globals, and to what modules of Node export. The language needs none of this: the bundle runs in a realm of its own.
 */
export const ownGlobals = {
  name: 'own-globals',
  setup(build) {
    build.initialOptions.inject = ['own-globals'];
    build.onResolve({ filter: /^own-globals$/ }, ({ path }) => ({ path, namespace: path }));
    build.onLoad({ filter: /.*/, namespace: 'own-globals' }, () => ({ contents: globals }));
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, external: true } : { path, namespace: 'own-modules' },
    );
    build.onLoad({ filter: /.*/, namespace: 'own-modules' }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

const globals = `const { ${ofNode.join(', ')} } = globalThis; export { ${ofNode.join(', ')} };`;

/** Only what is used of it is looked at: much of Node is loaded when somebody asks for it. */
function exportsOf(path) {
  if (!builtinModules.includes(path.slice('node:'.length))) throw new Error(`Node has no module ${path}`);
  const names = Object.keys(process.getBuiltinModule(path)).filter((name) => /^[A-Za-z]\w*$/.test(name));
  const lines = names.map((name) => `export const ${name} = /* @__PURE__ */ take('${name}');`);
  return `const given = require('${path}'); const take = (name) => given[name];\n${lines.join('\n')}`;
}
