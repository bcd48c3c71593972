import { chmod, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What {@link writePythonFolder} makes the folder of. */
export interface PythonFolderParts {
  /** The Python of the environment. */
  readonly python: string;
  /** Its version, such as `3.11.2`. */
  readonly version: string;
  /** Folders of the environment's packages, in order. */
  readonly packageFolders: readonly string[];
  /** The folder of the package `quicksand_kernel`. */
  readonly kernelFolder: string;
}

/** Where the folder is inside every sandbox, whatever the environment is: scripts that pip has written name this Python, and are kept. */
const inside = '/opt/quicksand';

/** The Python of every sandbox, whatever code has put on the `PATH`. */
export const insidePython: string = `${inside}/bin/python`;

/**
 * Writes the folder that appears as `/opt/quicksand`: a virtual environment that installs nothing into itself. Its Python finds the packages that were
 * installed in the sandbox first, and then those of the environment (`quicksand_kernel/packages.py`).
 */
export async function writePythonFolder(folder: string, parts: PythonFolderParts): Promise<void> {
  const { python, version, packageFolders, kernelFolder } = parts;
  const program = await realpath(python);
  const bin = join(folder, 'bin');
  const name = `python${version.split('.', 2).join('.')}`;
  const packages = join(folder, 'lib', name, 'site-packages');
  for (const path of [bin, packages]) await mkdir(path, { recursive: true });
  await writeFile(join(folder, 'pyvenv.cfg'), `home = ${dirname(program)}\ninclude-system-site-packages = false\n`);
  await symlink(program, join(bin, 'python'));
  for (const link of ['python3', name]) await symlink('python', join(bin, link));
  for (const pip of ['pip', 'pip3']) {
    await writeFile(join(bin, pip), `#!/bin/sh\nexec ${insidePython} -m pip "$@"\n`);
    await chmod(join(bin, pip), 0o755);
  }
  const setUp = `import quicksand_kernel.packages as packages; packages.set_up(${JSON.stringify(packageFolders)})\n`;
  await writeFile(join(packages, 'quicksand.pth'), setUp);
  // With its times: Python compares them with those in the compiled files beside.
  await cp(join(kernelFolder, 'quicksand_kernel'), join(packages, 'quicksand_kernel'), {
    recursive: true,
    preserveTimestamps: true,
  });
}
