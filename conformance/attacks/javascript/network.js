const { connect } = await import('node:net');
for (const [host, port] of [
  ['127.0.0.1', Number(process.env.HOST_PORT)],
  ['169.254.169.254', 80],
  ['1.1.1.1', 443],
])
  await new Promise((done) => {
    const socket = connect({ host, port, timeout: 2000 });
    const tell = (what) => {
      console.log(`${host}: ${what}`);
      socket.destroy();
      done();
    };
    socket
      .once('connect', () => tell('DONE'))
      .once('error', (error) => tell(`refused, ${error.code}`))
      .once('timeout', () => tell('refused, timeout'));
  });
