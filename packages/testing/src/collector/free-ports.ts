import { createServer, type Server } from 'node:net';

/**
 * Ports of 127.0.0.1 that nobody listens on. All are held until the last one is known, so they differ from each
 * other; somebody else may still take one before its user does.
 *
 * @example
 * const [http = 0, health = 0] = await freePorts(2);
 * console.log(`127.0.0.1:${http}`, `127.0.0.1:${health}`);
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
