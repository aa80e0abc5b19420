/** The Collector of `startCollector`. Says its port, then answers questions, and ends when its parent lets go. */
import { createServer } from 'node:http';

const isSilent = process.argv[2] === 'silent';
let received = 0;
let lastBody = '';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received += 1;
    lastBody = Buffer.concat(chunks).toString();
    if (!isSilent) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('message', (question) => process.send?.(question === 'received' ? received : lastBody));
process.on('disconnect', () => process.exit());
