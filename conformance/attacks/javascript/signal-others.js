for (const name of ['HOST_PID', 'OTHER_PID'])
  for (const signal of ['SIGTERM', 'SIGKILL'])
    try {
      process.kill(Number(process.env[name]), signal);
      console.log(`${name}: DONE`);
    } catch (error) {
      console.log(`${name}: refused, ${error.code}`);
    }
for (const change of [
  () => process.setuid(0),
  () => process.setgid(0),
  () => process.chroot?.('/') ?? process.setgroups([0]),
])
  try {
    change();
    console.log('rights: DONE');
  } catch (error) {
    console.log(`rights: refused, ${error.code}`);
  }
