import { readFileSync, readSync, writeSync } from 'node:fs';
import { encodeFrame } from '@quicksand/protocol/frame-codec';
import { readMainScript, runMainScript } from './main-script.ts';

// How a kernel starts: it says that it is ready, and waits for the first byte from the host before it loads all the rest. A context that nobody has used
// is little more than a Node that waits.

const channelFd = 3;
const [, , key = '', cache] = process.argv;

const payload = Buffer.from(JSON.stringify({ key }));
for (const frame of encodeFrame({ kind: 'ready', execution: 0, payload })) writeSync(channelFd, frame);

// No more than that: with the rest, the first piece of code comes in the same way as all that follow.
const first = new Uint8Array(1);
// The host has closed the channel, or is gone.
if (readSync(channelFd, first) === 0) process.exit(0);

const script = readMainScript(__dirname, cache === undefined ? undefined : readFileSync(cache));
runMainScript(script, __dirname, first);
