/** Installs PostgreSQL for the tests that need a real one; run as `pnpm test:tools`, never by a test itself. */
import { aptInstallPostgresql } from './apt-postgresql.ts';
import { findPrograms } from './postgres-server.ts';

if (findPrograms() === undefined) aptInstallPostgresql();
const programs = findPrograms();
if (programs === undefined) throw new Error('the package postgresql holds no initdb and postgres');
console.log(`PostgreSQL: ${programs}`);
