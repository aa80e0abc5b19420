import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NameServer, type NameServerOptions, startNameServer } from './start-name-server.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Where a program under test looks names up. */
export interface NameScene extends AsyncDisposable {
  /** Holds both files. */
  readonly path: string;
  readonly hostsPath: string;
  readonly configurationPath: string;
  /** `address:port` of the server. */
  readonly servers: readonly string[];
  readonly server: NameServer;
}

/** What is there. */
export interface NameSceneOptions {
  /** Text of the hosts file. @default '' */
  readonly hosts?: string;
  /** Text of resolv.conf. @default '' */
  readonly configuration?: string;
  readonly server?: NameServerOptions;
}

/**
 * Makes a hosts file, a resolv.conf and a real name server.
 *
 * @example
 * import { equal } from 'node:assert/strict';
 * import { readFileSync } from 'node:fs';
 * import { startNameScene } from '@ephemetry/testing';
 *
 * await using scene = await startNameScene({ hosts: '192.0.2.7 collector\n' });
 * equal(readFileSync(scene.hostsPath, 'utf8'), '192.0.2.7 collector\n');
 */
export async function startNameScene(options: NameSceneOptions = {}): Promise<NameScene> {
  const { hosts = '', configuration = '' } = options;
  const { path, remove } = temporaryDirectory();
  const server = await startNameServer(options.server);
  const hostsPath = join(path, 'hosts');
  const configurationPath = join(path, 'resolv.conf');
  writeFileSync(hostsPath, hosts);
  writeFileSync(configurationPath, configuration);
  return {
    path,
    hostsPath,
    configurationPath,
    servers: [`127.0.0.1:${server.port}`],
    server,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      remove();
    },
  };
}
