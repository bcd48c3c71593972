import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type MountImage, type MountedImage, chooseMounter, unmountPoint } from './mount-image.ts';
import type { Launching } from '../launcher/open-launcher.ts';

/** The images that this process has mounted, by mount point. */
export class Mounts {
  readonly #mountImage: MountImage;
  readonly #mounted = new Map<string, MountedImage>();

  constructor(launcher?: Launching) {
    this.#mountImage = chooseMounter(launcher);
  }

  /** Throws what the tools say. */
  async mount(...request: Parameters<MountImage>): Promise<void> {
    this.#mounted.set(request[1], await this.#mountImage(...request));
  }

  /** Unmounts, and removes the mount point; also one where nothing was mounted in the end. */
  async unmount(point: string): Promise<void> {
    await this.#mounted.get(point)?.unmount();
    this.#mounted.delete(point);
    // Never recursively: what is below a mount that did not go away is a user's.
    await rmdir(point).catch(() => {});
  }

  /** Unmounts everything below `folder`, and removes it. */
  async unmountAll(folder: string): Promise<void> {
    // What is still mounted afterwards goes with the folder, or that says why not.
    await Promise.allSettled([...this.#mounted.keys()].map((point) => this.unmount(point)));
    await unmountFolder(folder);
  }
}

/** Unmounts what is mounted one level below `folder`, whoever has mounted it, and then `folder`, and removes the mount points and the folder. */
export async function unmountFolder(folder: string): Promise<void> {
  const points = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  await Promise.all(points.map(unmountPoint));
  await unmountPoint(folder);
  for (const point of [...points, folder]) await rmdir(point).catch(() => {});
}
