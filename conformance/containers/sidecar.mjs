// Stands in for the image `cloudflare/proxy-everything`, which workerd starts beside a container to reach its ports: forwards to a port that a CONNECT
// names. What a container asks of the network it does not forward; the containers of these tests may ask nothing.
import { createServer } from 'node:http';
import { connect } from 'node:net';

const address = process.argv[process.argv.indexOf('--http-ingress-address') + 1] ?? '';
const server = createServer((request, response) => {
  const known = request.method === 'PUT' ? request.url === '/egress' : request.url === '/ca';
  request.resume();
  response.writeHead(known ? 200 : 404).end();
});
server.on('connect', (request, client, head) => {
  const [, host, port] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? [];
  const target = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  const end = () => [client, target].forEach((socket) => socket.destroy());
  target.once('connect', () => {
    client.write('HTTP/1.1 200 Connected\r\n\r\n');
    target.write(head);
    client.pipe(target).pipe(client);
  });
  target.on('error', () => (target.pending ? client.end('HTTP/1.1 400 Nobody listens\r\n\r\n') : end()));
  client.on('error', end);
});
server.listen(Number(address.split(':')[1]), '0.0.0.0');
process.once('SIGTERM', () => process.exit(0));
