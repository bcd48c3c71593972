import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hostEtc } from './bubblewrap-arguments.ts';
import { insideIds } from './policy.ts';

const { uid, gid } = insideIds;

/** What pip and npm ask for packages, in a sandbox without a network, unless they are told another address. */
const nowhere = 'https://this-sandbox-has-no-network.invalid/';

const files: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\nuser:x:${uid}:${gid}:user:/home/user:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: `root:x:0:\nuser:x:${gid}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost sandbox\n',
  hostname: 'sandbox\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'host.conf': 'multi on\n',
  'resolv.conf': '',
  // Nothing answers, so nothing is tried again; and the address says why.
  'pip.conf': `[global]\nindex-url = ${nowhere}simple/\nretries = 0\ndisable-pip-version-check = true\nno-input = true\n`,
  npmrc: `registry=${nowhere}\nfetch-retries=0\nprefix=/workspace/.local\naudit=false\nfund=false\nupdate-notifier=false\n`,
  'ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
};

/** Writes the minimal `/etc` of sandboxes (I2) into `folder`, with a mount point for each part of the host's `/etc` that is shown. */
export async function writeEtcSkeleton(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o644 });
  for (const path of hostEtc) {
    const target = join(folder, path.slice('/etc/'.length));
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) await mkdir(target, { recursive: true });
    else if (found) {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, '');
    }
  }
  await copyFile('/etc/localtime', join(folder, 'localtime')).catch(() => {});
  await copyFile('/etc/mime.types', join(folder, 'mime.types')).catch(() => {});
}
