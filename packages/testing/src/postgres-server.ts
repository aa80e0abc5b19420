/** A real PostgreSQL for one test file: own data directory, free port on loopback, gone without a trace. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { waitFor } from './wait-for.ts';

/** A running server. */
export interface PostgresServer {
  /** Of its database `postgres`, as superuser. */
  readonly url: string;
  readonly pid: number;
  /** The URL of another database, which is empty. */
  readonly newDatabase: () => string;
  /** A standby of it, of hot_standby, that replays what it writes. */
  readonly startStandby: () => Promise<Pick<PostgresServer, 'url' | 'stop'>>;
  /** Stops it with all of its connections, and waits until it is up again on the same port. */
  readonly restart: () => Promise<void>;
  /** Stops it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** What the server is for. */
export interface PostgresServerOptions {
  /** Writes reach the disk before a commit returns: slower, and what a measurement needs. @default false */
  readonly isDurable?: boolean;
  /** Beyond the server's defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What to do where there is none. */
export const POSTGRESQL_NEEDED: string = 'needs PostgreSQL: `pnpm test:tools` installs it on Debian, as root';

/** Who runs the server: PostgreSQL refuses root. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Starts a server.
 *
 * @throws Error when PostgreSQL is not installed.
 */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const programs = findPostgresPrograms();
  if (programs === undefined) throw new Error(POSTGRESQL_NEEDED);
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), 'ephemetry-postgres-'));
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const initdb = ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'];
  execFileSync(join(programs, 'initdb'), [...initdb, '--locale=C'], {
    ...user,
    cwd: directory,
    stdio: 'ignore',
  });
  const [port = 0] = await freePorts(1);
  const url = urlOf(port);
  const start = (): Promise<ChildProcess> =>
    startProgram(join(programs, 'postgres'), serverArguments(data, port, options), url, user);
  let server = await start();
  let databases = 0;
  return {
    url,
    get pid(): number {
      return server.pid ?? 0;
    },
    newDatabase: () => {
      databases += 1;
      const name = `test_${databases}`;
      execFileSync(join(programs, 'createdb'), ['--maintenance-db', url, name], { stdio: 'pipe' });
      return url.replace(/postgres$/, name);
    },
    startStandby: async () => {
      const copy = join(directory, `standby-${randomUUID()}`);
      // Writes what makes it a standby, and which server it follows.
      const backup = [
        '--pgdata',
        copy,
        '--dbname',
        url,
        '--write-recovery-conf',
        '--checkpoint=fast',
        '--no-sync',
      ];
      execFileSync(join(programs, 'pg_basebackup'), backup, { ...user, cwd: directory, stdio: 'ignore' });
      const [standbyPort = 0] = await freePorts(1);
      const standbyUrl = urlOf(standbyPort);
      const standby = await startProgram(
        join(programs, 'postgres'),
        serverArguments(copy, standbyPort, {}),
        standbyUrl,
        user,
      );
      return { url: standbyUrl, stop: () => stopServer(standby) };
    },
    restart: async () => {
      await stopServer(server);
      server = await start();
    },
    stop: async () => {
      await stopServer(server);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function urlOf(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

/** Starts it, and waits until it answers. */
async function startProgram(
  program: string,
  args: readonly string[],
  url: string,
  user: User | undefined,
): Promise<ChildProcess> {
  const child = spawn(program, args, { ...user, cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-2_000);
  });
  await waitFor(() => isUp(program, url), { what: 'PostgreSQL', deadlineMs: 30_000, describe: () => log });
  return child;
}

function serverArguments(data: string, port: number, options: PostgresServerOptions): string[] {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '40',
    shared_buffers: '128MB',
    ...(options.isDurable === true
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
  };
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Fast shutdown: connections are ended, nothing is waited for. */
async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await exited;
}

/** As PostgreSQL's own program asks, so that no driver is needed here. */
async function isUp(server: string, url: string): Promise<boolean> {
  const asking = spawn(join(dirname(server), 'pg_isready'), ['--quiet', '--dbname', url], {
    stdio: 'ignore',
  });
  const [code] = await once(asking, 'exit');
  return code === 0;
}

/** The folder with `initdb` and `postgres`, newest version first. */
export function findPostgresPrograms(): string | undefined {
  const versioned = globSync('/usr/lib/postgresql/*/bin').sort((left, right) =>
    right.localeCompare(left, undefined, { numeric: true }),
  );
  const onPath = (process.env['PATH'] ?? '').split(':');
  return [...versioned, ...onPath].find((folder) =>
    ['initdb', 'postgres', 'pg_isready', 'createdb'].every((name) => existsSync(join(folder, name))),
  );
}

/** Whom servers run as that refuse root; undefined when this is not root. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as');
}
