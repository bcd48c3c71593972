// The least that an HTTP server in Node does: reads a request, answers with one byte, or with 50 MB from `cat`.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url === '/cat') spawn('cat', [process.argv[2] ?? '']).stdout.pipe(response);
    else response.end('x');
  });
});
server.on('connection', (socket) => socket.setNoDelay(true));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
