import { runInNewContext } from 'node:vm';

/** What Node adds to the language and the kernel uses. */
const ofNode = [
  ...['process', 'Buffer', 'setTimeout', 'clearTimeout', 'setImmediate', 'setInterval'],
  ...['clearInterval', 'clearImmediate', 'queueMicrotask'],
];

/** Not declared by anybody, not assigned to, or not used and slow to make. */
const left = ['globalThis', 'undefined', 'NaN', 'Infinity', 'eval', 'console', 'Intl', 'WebAssembly'];

/**
 * A plugin for esbuild: every global that the bundle uses is what it was when the bundle was loaded, in the parser, too. Code of the user that runs in
 * the same process may assign to globals.
 */
export const ownGlobals = {
  name: 'own-globals',
  setup(build) {
    build.initialOptions.inject = ['own-globals'];
    build.onResolve({ filter: /^own-globals$/ }, ({ path }) => ({ path, namespace: path }));
    build.onLoad({ filter: /.*/, namespace: 'own-globals' }, () => ({ contents: source() }));
  },
};

function source() {
  const ofLanguage = runInNewContext('Object.getOwnPropertyNames(globalThis)').filter((name) => !left.includes(name));
  const names = [...ofLanguage, ...ofNode].join(', ');
  return `const own = globalThis; const { ${names} } = own; export { own as globalThis, ${names} };`;
}
