/** Installs PostgreSQL for the tests that need a real one; run as `pnpm test:tools`, never by a test itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { findPrograms } from './postgres-server.ts';

if (findPrograms() === undefined) install();
const programs = findPrograms();
if (programs === undefined) throw new Error('the package postgresql holds no initdb and postgres');
console.log(`PostgreSQL: ${programs}`);

function install(): void {
  // The package would start a server of its own on the default port.
  mkdirSync('/etc/postgresql-common', { recursive: true });
  writeFileSync('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update'], { env, stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], {
    env,
    stdio: 'ignore',
  });
}
