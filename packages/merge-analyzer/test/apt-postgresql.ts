/** Debian's PostgreSQL and what belongs to it, from packages. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the package looks, and what `apt-get` is started with. */
export interface AptOptions {
  /** The folder of `createcluster.conf`. @default '/etc/postgresql-common' */
  readonly clusterSettings?: string;
  /** @default ['postgresql'] */
  readonly packages?: readonly string[];
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** Another apt may run when a machine has just started: wait for it. A mirror may hiccup: ask again. */
const PATIENCE = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];

/**
 * Installs packages. PgBouncer's own service may start with it on a machine with systemd, on loopback and knowing
 * no database; the tests start one of their own.
 *
 * @throws Error with what `apt-get` said, or why it could not be started.
 */
export function aptInstallPostgresql(options: AptOptions = {}): void {
  const {
    clusterSettings = '/etc/postgresql-common',
    packages = ['postgresql'],
    env = process.env,
  } = options;
  keepServerAway(clusterSettings);
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  aptGet([...PATIENCE, 'update'], quiet);
  aptGet([...PATIENCE, 'install', '-y', '--no-install-recommends', ...packages], quiet);
}

/** The package would start a server of its own on the default port. What an administrator decided stays. */
function keepServerAway(clusterSettings: string): void {
  const file = join(clusterSettings, 'createcluster.conf');
  if (existsSync(file)) return;
  try {
    mkdirSync(clusterSettings, { recursive: true });
    writeFileSync(file, 'create_main_cluster = false\n');
  } catch (error) {
    throw new Error(`${file} cannot be written: run this as root, or install PostgreSQL yourself`, {
      cause: error,
    });
  }
}

function aptGet(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, signal, error, stderr } = spawnSync('apt-get', args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error !== undefined) {
    throw new Error(`apt-get cannot be started (${error.message}): install PostgreSQL yourself`);
  }
  if (status === 0) return;
  throw new Error(`apt-get ${args.join(' ')} ended with ${status ?? signal}: ${stderr.trim()}`);
}
