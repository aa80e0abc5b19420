/** The same tests on each engine that keeps a history: a real PostgreSQL, and files of node:sqlite. */
import { join } from 'node:path';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  startPostgresServer,
  temporaryDirectory,
} from '@ephemetry/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';

/** One engine, running. */
export interface Histories {
  readonly engine: 'sqlite' | 'postgresql';
  /** A place that nobody has used. */
  readonly newPlace: () => Promise<string>;
  /** A directory that is gone after the test. */
  readonly newDirectory: () => string;
}

/** The same tests on both engines. */
export function describeHistories(body: (histories: Histories) => void): void {
  describe('sqlite', () =>
    body({ engine: 'sqlite', newPlace: async () => join(newDirectory(), 'history'), newDirectory }));
  const isMissing = findPostgresPrograms() === undefined;
  describe.skipIf(isMissing)(`postgresql${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgresServer();
    });
    afterAll(() => server?.stop());
    body({ engine: 'postgresql', newPlace: () => newDatabase(server?.url ?? ''), newDirectory });
  });
}

function newDirectory(): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  return path;
}

let databases = 0;

async function newDatabase(url: string): Promise<string> {
  databases += 1;
  const name = `forge_${databases}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`).finally(() => client.end());
  return url.replace(/\/postgres$/, `/${name}`);
}
