import { oldestNode } from '@quicksand/isolation';
import { SandboxError } from '@quicksand/protocol';

/** Throws `backend_unavailable` on a Node that lacks what the host is written with. */
export function assertNode(): void {
  if (Number.parseInt(process.versions.node, 10) >= oldestNode) return;
  throw new SandboxError('backend_unavailable', {
    message: `this is Node ${process.versions.node}; a host takes Node ${oldestNode} or later`,
    hint: `run the program with Node ${oldestNode}: npx node your-program.js where set-up has installed it, else npx node@${oldestNode}`,
  });
}
