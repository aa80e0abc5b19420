/** A registry for npm with one package in it: the API of OpenTelemetry, as it is installed here. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { runShell } from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';

/** A registry on loopback. */
export interface ApiRegistry {
  readonly url: string;
  close(): Promise<void>;
}

/** Packs the API into a directory and serves it; every other package is not found. */
export async function startApiRegistry(directory: string): Promise<ApiRegistry> {
  const installed = `${ROOT}packages/instrumentation-fab/node_modules/@opentelemetry/api`;
  const manifest = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'));
  const packed = await runShell(`npm pack --silent --ignore-scripts ${installed}`, { cwd: directory });
  const tarball = readFileSync(join(directory, packed.stdout.trim()));
  const server = createServer(({ url = '', headers: { host } }, response) => {
    const dist = { tarball: `http://${host}/api.tgz` };
    const { name, version } = manifest;
    const document = {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { name, version, engines: manifest.engines, dist } },
    };
    if (url === '/api.tgz') response.end(tarball);
    else if (decodeURIComponent(url) === `/${name}`) response.end(JSON.stringify(document));
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
