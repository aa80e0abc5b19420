/** Installs what tests need that want a real PostgreSQL or PgBouncer; run as `pnpm test:tools`, never by a test itself. */
import { findPostgresPrograms } from '@ephemetry/testing';
import { aptInstallPostgresql } from './apt-postgresql.ts';
import { findPgBouncer } from './pgbouncer.ts';

const missing = [
  ...(findPostgresPrograms() === undefined ? ['postgresql'] : []),
  ...(findPgBouncer() === undefined ? ['pgbouncer'] : []),
];
if (missing.length > 0) aptInstallPostgresql({ packages: missing });
const programs = findPostgresPrograms();
if (programs === undefined) throw new Error('the package postgresql holds no initdb and postgres');
const pooler = findPgBouncer();
if (pooler === undefined) throw new Error('the package pgbouncer holds no pgbouncer');
console.log(`PostgreSQL: ${programs}\nPgBouncer: ${pooler}`);
