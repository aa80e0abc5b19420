/** A real PgBouncer in front of a test's PostgreSQL, with its defaults but for what a test says. */
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, unprivilegedUser, waitFor } from '@ephemetry/testing';
import pg from 'pg';

/** A running pooler. */
export interface PgBouncer {
  /** Of the database `postgres`, as superuser. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** What to do where there is none. */
export const PGBOUNCER_NEEDED: string = 'needs PgBouncer: `pnpm test:tools` installs it on Debian, as root';

/** Debian puts it where servers are, which need not be on the path. */
export function findPgBouncer(): string | undefined {
  const folders = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(':')];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
}

/**
 * Starts it.
 *
 * @param settings lines of its section `pgbouncer`, beside where it listens and whom it trusts
 * @throws Error when PgBouncer is not installed.
 */
export async function startPgBouncer(
  serverUrl: string,
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  const program = findPgBouncer();
  if (program === undefined) throw new Error(PGBOUNCER_NEEDED);
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), 'ephemetry-pgbouncer-'));
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const [port = 0] = await freePorts(1);
  const file = join(directory, 'pgbouncer.ini');
  writeFileSync(join(directory, 'users.txt'), '"postgres" ""\n');
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${new URL(serverUrl).port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${join(directory, 'users.txt')}`,
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = spawn(program, [file], { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-2_000);
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitFor(() => answers(url), { what: 'PgBouncer', deadlineMs: 30_000, describe: () => log });
  return {
    url,
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
