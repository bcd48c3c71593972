const { spawn } = await import('node:child_process');
const { once } = await import('node:events');
for (;;) {
  const child = spawn('sleep', ['60']);
  await Promise.race([
    once(child, 'spawn'),
    once(child, 'error').then(([error]) => {
      throw error;
    }),
  ]);
}
