#!/usr/bin/env -S node --max-semi-space-size=4 --initial-old-space-size=16 --heap-growing-percent=20
// Memory of what is passed on is garbage at once: with room for little of it, V8 reuses it soon, and is no slower. It looks for older garbage before there is much,
// and goes on so: by itself it would let more gather, how much depends on how it began.
// Imported late: an older Node does not get as far as saying what it lacks.
const oldest = 24;
if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `quicksand: this is Node ${process.versions.node}; it takes Node ${oldest} or later\n  start it with npx, which finds the Node that set-up has installed: npx quicksand …\n`,
  );
  process.exit(1);
}
await import('../dist/main.js');
