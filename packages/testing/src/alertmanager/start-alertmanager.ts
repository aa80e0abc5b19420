/** A real Alertmanager on free ports, that ends with the test. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Service, startService } from '../collector/service.ts';
import { freePorts } from '../free-ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { ALERTMANAGER_DIRECTORY } from './alertmanager-program.ts';

/** A running Alertmanager. */
export interface Alertmanager {
  readonly url: string;
  /** Makes alerts fire, as Prometheus does; those that are named in `resolved` end. */
  fire(alerts: readonly Readonly<Record<string, string>>[], forMs?: number): Promise<void>;
  resolve(alerts: readonly Readonly<Record<string, string>>[]): Promise<void>;
  /** Silences what has these labels. */
  silence(labels: Readonly<Record<string, string>>, forMs?: number): Promise<void>;
  /** SIGKILL; what it knew of notifications since its last snapshot is gone. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Reads a changed configuration. */
  reload(configuration: string): Promise<void>;
  stop(): Promise<void>;
}

/** What it is started with. */
export interface AlertmanagerOptions {
  readonly configuration: string;
  /** Addresses of the gossip of others. @default none */
  readonly peers?: readonly string[];
  /** Where it gossips. @default nowhere */
  readonly clusterAddress?: string;
}

/** Far more than a test takes. */
const LONG_MS = 3_600_000;

/** Starts one. */
export async function startAlertmanager({
  configuration,
  peers = [],
  clusterAddress = '',
}: AlertmanagerOptions): Promise<Alertmanager> {
  const directory = temporaryDirectory();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const file = join(directory.path, 'alertmanager.yml');
  mkdirSync(join(directory.path, 'data'));
  writeFileSync(file, configuration);
  const start = (): Promise<Service> =>
    startService({
      name: 'Alertmanager',
      binary: join(ALERTMANAGER_DIRECTORY, 'alertmanager'),
      args: [
        `--config.file=${file}`,
        `--storage.path=${join(directory.path, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--cluster.listen-address=${clusterAddress}`,
        ...peers.map((peer) => `--cluster.peer=${peer}`),
        ...(clusterAddress === '' ? [] : ['--cluster.peer-timeout=1s', '--cluster.settle-timeout=1s']),
      ],
      readyUrl: `${url}/-/ready`,
      logFile: join(directory.path, 'alertmanager.log'),
    });
  let service = await start();
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const send = (alerts: readonly Readonly<Record<string, string>>[], endMs: number): Promise<void> =>
    post(
      '/api/v2/alerts',
      alerts.map((labels) => ({ labels, endsAt: new Date(endMs).toISOString() })),
    );
  return {
    url,
    fire: (alerts, forMs = LONG_MS) => send(alerts, Date.now() + forMs),
    resolve: (alerts) => send(alerts, Date.now() - 1),
    silence: (labels, forMs = LONG_MS) =>
      post('/api/v2/silences', {
        matchers: Object.entries(labels).map(([name, value]) => ({
          name,
          value,
          isRegex: false,
          isEqual: true,
        })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + forMs).toISOString(),
        createdBy: 'test',
        comment: 'test',
      }),
    kill: () => service.kill('SIGKILL'),
    restart: async () => {
      await service.kill('SIGKILL');
      service = await start();
    },
    reload: async (changed) => {
      writeFileSync(file, changed);
      await post('/-/reload', undefined);
    },
    stop: async () => {
      await service.kill('SIGKILL');
      directory.remove();
    },
  };
}
