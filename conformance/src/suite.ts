import { randomUUID } from 'node:crypto';
import { type SandboxInfo, SandboxError } from '@quicksand/protocol';
import { afterAll, describe } from 'vitest';
import { Box } from './box.ts';
import { Client } from './client.ts';
import type { Target } from './target.ts';

/** What cases are written with: one target, and a sandbox of its own for each case. */
export class Suite {
  readonly #get: () => Target;
  readonly #boxes: Box[] = [];

  constructor(get: () => Target) {
    this.#get = get;
  }

  get target(): Target {
    return this.#get();
  }

  get client(): Client {
    return new Client(this.#get());
  }

  /** A sandbox that nobody else uses; it starts at its first use and is destroyed after its topic. */
  box(): Box {
    const box = new Box(this.client, `case-${randomUUID().slice(0, 13)}`);
    this.#boxes.push(box);
    return box;
  }

  /** Names of the sandboxes that the target runs. */
  async runningSandboxes(): Promise<string[]> {
    const { sandboxes } = await this.client.call<{ sandboxes: SandboxInfo[] }>('listSandboxes', {});
    return sandboxes.map(({ id }) => id);
  }

  /** Registers the cases of one topic. Topics run one after the other, the concurrent cases of one together. */
  topic(name: string, register: () => void): void {
    describe(name, () => {
      register();
      afterAll(() => this.#destroyBoxes());
    });
  }

  async #destroyBoxes(): Promise<void> {
    await Promise.all(this.#boxes.splice(0).map(destroy));
  }
}

async function destroy(box: Box): Promise<void> {
  try {
    await box.destroy();
  } catch (error) {
    if (!SandboxError.is(error) || error.code !== 'sandbox_not_found') throw error;
  }
}
