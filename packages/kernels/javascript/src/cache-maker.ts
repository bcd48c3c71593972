import { writeFileSync } from 'node:fs';
import { readMainScript, runMainScript } from './main-script.ts';

// A kernel that leaves its compiled code in a file when its host closes the channel: all of it that ran until then.

const [, , path = ''] = process.argv;
const node = process as unknown as { reallyExit: (code?: unknown) => never };
const leave = node.reallyExit.bind(process);
const script = readMainScript(__dirname);

node.reallyExit = (code) => {
  if (code === 0) writeFileSync(path, script.createCachedData());
  return leave(code);
};
runMainScript(script, __dirname, new Uint8Array(0));
