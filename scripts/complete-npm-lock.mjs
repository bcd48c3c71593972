// Completes package-lock.json: packages for other platforms, which a registry may lack or npm may leave out, get an entry
// without a hash. Without these entries `npm ci` refuses the lock. npm runs this after every installation (the script
// `dependencies` of package.json).
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missingPlatformPackages } from './setup/platform-packages.mjs';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingPlatformPackages(lock);

if (Object.keys(missing).length > 0) {
  const root = lock.packages[''];
  const others = Object.entries({ ...lock.packages, ...missing }).filter(([path]) => path !== '');
  others.sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = { '': root, ...Object.fromEntries(others) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stderr.write(`package-lock.json: added ${Object.keys(missing).length} packages for other platforms.\n`);
}
