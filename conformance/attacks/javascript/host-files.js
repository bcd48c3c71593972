const { readFileSync, readdirSync } = await import('node:fs');
for (const path of [
  '/etc/shadow',
  '/root/.profile',
  '/proc/1/root/etc/shadow',
  process.env.HOST_FILE,
  '/var/run/docker.sock',
  '/run/quicksand',
])
  try {
    console.log(`${path}: DONE, ${readFileSync(path).length}`);
  } catch (error) {
    console.log(`${path}: refused, ${error.code}`);
  }
for (const folder of ['/root', '/sys', '/run', process.env.DATA_FOLDER])
  try {
    console.log(`${folder}: DONE, ${readdirSync(folder)}`);
  } catch (error) {
    console.log(`${folder}: refused, ${error.code}`);
  }
