// A hook of podman that runs before a container is created: gives it what container/README.md says that full isolation needs, since the Docker API has
// no word for it that workerd would say. Reads the container's configuration from standard input and writes it, changed, to standard output.
import { readFileSync } from 'node:fs';

const config = JSON.parse(readFileSync(0, 'utf8'));
const { linux, process: program } = config;

const capabilities = ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'];
for (const set of ['bounding', 'effective', 'permitted'])
  program.capabilities[set] = [...new Set([...(program.capabilities[set] ?? []), ...capabilities])];
delete linux.seccomp;
delete linux.maskedPaths;
delete linux.readonlyPaths;
linux.resources = { ...linux.resources, devices: [{ allow: true, access: 'rwm' }] };
// Loop devices that are made later must appear, too.
linux.devices = [];
config.mounts = config.mounts
  .filter(({ destination }) => !/^\/dev(\/(pts|mqueue))?$/.test(destination))
  .map((mount) =>
    mount.destination === '/sys/fs/cgroup'
      ? { ...mount, options: mount.options.map((option) => (option === 'ro' ? 'rw' : option)) }
      : mount,
  );
config.mounts.splice(1, 0, { destination: '/dev', type: 'bind', source: '/dev', options: ['rbind', 'rw', 'nosuid'] });
process.stdout.write(JSON.stringify(config));
