const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/**
 * @typedef {{ version: string, optional?: boolean, optionalDependencies?: Record<string, string>, cpu?: string[],
 *   os?: string[], libc?: string[] }} LockEntry
 */

/**
 * The optional packages for one platform each that a lock names but has no entry for, with an entry.
 *
 * @param {{ packages: Record<string, LockEntry> }} lock
 * @returns {Record<string, LockEntry>}
 */
export function missingPlatformPackages({ packages }) {
  const names = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.entries(optionalDependencies),
  );
  const missing = names.flatMap(([name, version]) => {
    const path = `node_modules/${name}`;
    const platform = platformOf(name);
    const isExact = /^\d+\.\d+\.\d+[\w.+-]*$/.test(version);
    return packages[path] || !platform || !isExact ? [] : [[path, { version, ...platform, optional: true }]];
  });
  return Object.fromEntries(missing);
}

/** @param {string} name for example `@oxlint/binding-linux-arm64-musl` */
function platformOf(name) {
  const words = name.split(/[/\-_.]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words
    .map((word) => (word === 'armv7' || word === 'armhf' ? 'arm' : word))
    .filter((word) => processors.includes(word));
  if (os.length === 0 && !cpu.includes('wasm32')) return undefined;
  const libc = words.flatMap((word) => (word.startsWith('musl') ? ['musl'] : word.startsWith('gnu') ? ['glibc'] : []));
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(libc.length > 0 && os.includes('linux') && { libc }),
  };
}
