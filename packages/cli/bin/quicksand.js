#!/usr/bin/env node
// Imported late: an older Node does not get as far as saying what it lacks.
const oldest = 24;
if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `quicksand: this is Node ${process.versions.node}; it takes Node ${oldest} or later\n  start it with npx, which finds the Node that set-up has installed: npx quicksand …\n`,
  );
  process.exit(1);
}
await import('../dist/main.js');
