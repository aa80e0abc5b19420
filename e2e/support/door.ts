/** The gateway's door: the shipped HAProxy configuration in front of a Collector, as the manifests run it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePorts, type Service, startService } from '@ephemetry/testing';
import { type Gateway, shipped } from './gateway.ts';

const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e-tools');
const UNPACKED = join(CACHE, 'haproxy');
/** Debian's HAProxy, and those of its libraries that few machines have. */
const PACKAGES = ['haproxy', 'liblua5.3-0', 'libopentracing-c-wrapper0', 'libopentracing1'];

/** A door that is open. */
export interface Door {
  /** Full URL of /v1/metrics. */
  readonly endpoint: string;
  /** OTLP over gRPC, without a scheme. */
  readonly grpc: string;
  /** What readiness and liveness ask. */
  readonly moves: string;
  readonly service: Service;
}

/** Opens one in front of a gateway. @throws {Error} when HAProxy can neither be found nor unpacked, or does not start */
export async function openDoor(gateway: Gateway, logFile: string): Promise<Door> {
  const [http = 0, grpc = 0, moves = 0] = await freePorts(3);
  const service = await startService({
    name: 'the door',
    ...findHaproxy(),
    args: ['-db', '-f', ...shipped('haproxy.cfg')],
    env: {
      LD_LIBRARY_PATH: join(UNPACKED, 'usr', 'lib', 'x86_64-linux-gnu'),
      DOOR_HTTP_ENDPOINT: `127.0.0.1:${http}`,
      DOOR_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      DOOR_MOVES_ENDPOINT: `127.0.0.1:${moves}`,
      DOOR_TO_ARRIVALS: gateway.arrivals,
      DOOR_TO_HTTP: new URL(gateway.endpoint).host,
      DOOR_TO_GRPC: gateway.grpc,
    },
    readyUrl: `http://127.0.0.1:${http}/door`,
    logFile,
  });
  const endpoint = `http://127.0.0.1:${http}/v1/metrics`;
  return { endpoint, grpc: `127.0.0.1:${grpc}`, moves: `http://127.0.0.1:${moves}/moves`, service };
}

function findHaproxy(): { readonly binary: string } {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  const installed = directories.map((directory) => join(directory, 'haproxy')).find(existsSync);
  return { binary: installed ?? unpackedHaproxy() };
}

/** Unpacked instead of installed: that needs no root and starts no service. */
function unpackedHaproxy(): string {
  const binary = join(UNPACKED, 'usr', 'sbin', 'haproxy');
  if (existsSync(binary)) return binary;
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, 'package-'));
  const run = (command: string, args: readonly string[]): string =>
    execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    run('apt-get', ['download', ...PACKAGES]);
  } catch {
    run('apt-get', ['update']);
    run('apt-get', ['download', ...PACKAGES]);
  }
  for (const file of readdirSync(directory)) run('dpkg-deb', ['--extract', file, 'unpacked']);
  renameSync(join(directory, 'unpacked'), UNPACKED);
  return binary;
}
