process.on('SIGINT', () => {});
for (;;);
