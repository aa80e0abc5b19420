/** The same tests on each engine: a real PostgreSQL, and files of node:sqlite. */
import { join } from 'node:path';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  startPostgresServer,
  temporaryDirectory,
} from '@ephemetry/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import type { Database } from '../src/database.ts';
import { type OpenOptions, openDatabase } from '../src/open-database.ts';

/** One engine, running. */
export interface RunningStores {
  readonly engine: 'sqlite' | 'postgresql';
  /** A place that nobody has used, as a user writes it. */
  readonly newPlace: () => Promise<string>;
}

/** What tests open, unless they say otherwise. */
export const DEFAULTS: OpenOptions = {
  name: 'tests',
  version: '1.2.3',
  migrations: [
    {
      number: 1,
      name: 'runs',
      sql: `create table run (id text primary key, suite text not null, tests integer not null);
        create table attempt (run_id text not null references run (id) on delete cascade, number integer not null,
          primary key (run_id, number))`,
    },
  ],
};

/** The tables of {@link DEFAULTS}. */
export interface Tables {
  readonly run: { readonly id: string; readonly suite: string; readonly tests: number };
  readonly attempt: { readonly run_id: string; readonly number: number };
}

/** The same tests on both engines. */
export function describeStores(body: (stores: RunningStores) => void): void {
  describe('sqlite', () => body({ engine: 'sqlite', newPlace: async () => newDirectory() }));
  const isMissing = findPostgresPrograms() === undefined;
  describe.skipIf(isMissing)(`postgresql${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgresServer();
    });
    afterAll(() => server?.stop());
    body({ engine: 'postgresql', newPlace: () => newServerDatabase(server?.url ?? '') });
  });
}

/** A directory that is not there yet, and gone after the test. */
export function newDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return join(directory.path, 'history');
}

let databases = 0;

async function newServerDatabase(url: string): Promise<string> {
  databases += 1;
  const name = `test_${databases}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`).finally(() => client.end());
  return url.replace(/\/postgres$/, `/${name}`);
}

/** Opens what must open, and closes it after the test. */
export async function openHere(place: string, options: Partial<OpenOptions> = {}): Promise<Database> {
  const opened = await openDatabase(place, { ...DEFAULTS, ...options });
  if (opened.kind !== 'open') throw new Error(`${opened.kind}: ${opened.message}`);
  onTestFinished(() => opened.database.close());
  return opened.database;
}

/** Opens what must not open. */
export async function refusalOf(
  place: string,
  options: Partial<OpenOptions> = {},
): Promise<{ kind: string; message: string }> {
  const opened = await openDatabase(place, { ...DEFAULTS, ...options });
  if (opened.kind !== 'open') return opened;
  await opened.database.close();
  return expect.unreachable(`${place} was opened`);
}
