/** Tables come to the version that a program knows, once, and never behind its back. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describeEngines } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import type { Database } from '../src/database.ts';
import type { Migration } from '../src/migrations/migration.ts';
import { openDatabase } from '../src/open-database.ts';
import { DEFAULTS, openHere, refusalOf } from './stores.ts';

const STEPS: readonly Migration[] = [
  ...DEFAULTS.migrations,
  {
    number: 2,
    name: 'commits',
    sql: 'create table "commit" (id text primary key); alter table run add column branch text',
  },
  {
    number: 3,
    name: 'sizes',
    sql: {
      postgresql: 'create table size (bytes bytea not null)',
      sqlite: 'create table size (bytes blob not null)',
    },
  },
];

describeEngines(({ engine, newPlace }) => {
  test('what ran stands in a table, with its time and the version of the program', async () => {
    const place = await newPlace();
    await (await openHere(place)).close();
    const before = Date.now();
    const database = await openHere(place, { migrations: STEPS, version: '2.0.0' });
    const ran = await readRan(database);
    expect(ran.map(({ number, name, version }) => [number, name, version])).toEqual([
      [1, 'runs', '1.2.3'],
      [2, 'commits', '2.0.0'],
      [3, 'sizes', '2.0.0'],
    ]);
    expect(Date.parse(ran[2]?.ran_at ?? '')).toBeGreaterThanOrEqual(before - 1);
  });

  test('programs that start at once make the tables once', async () => {
    const place = await newPlace();
    const program = join(import.meta.dirname, 'fixtures/open-and-tell.ts');
    const children = Array.from({ length: 5 }, () =>
      spawn(process.execPath, [program, place, JSON.stringify(STEPS)], {
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0, 0]);
    expect((await readRan(await openHere(place, { migrations: STEPS }))).map(({ number }) => number)).toEqual(
      [1, 2, 3],
    );
  });

  test('tables of a newer program are refused by their version, and stay as they are', async () => {
    const place = await newPlace();
    const newer = await openHere(place, { migrations: STEPS, version: '9.9.9' });
    const before = await readRan(newer);
    const refused = await openDatabase(place, DEFAULTS);
    expect(refused).toMatchObject({ kind: 'newer-schema', found: 3, known: 1 });
    expect(refused).toHaveProperty(
      'message',
      expect.stringContaining('made by version 9.9.9 of the program'),
    );
    expect(await readRan(newer)).toEqual(before);
  });

  test('tables of another program are refused', async () => {
    const place = await newPlace();
    await (await openHere(place)).close();
    const other = [{ number: 1, name: 'facts', sql: 'create table fact (id text)' }];
    const { kind, message } = await refusalOf(place, { migrations: other });
    expect(kind).toBe('other-schema');
    expect(message).toContain('their step 1 is "runs", and here it is "facts"');
  });

  test('a step that fails is undone whole, and what ran before it stays', async () => {
    const place = await newPlace();
    const failing = [
      ...DEFAULTS.migrations,
      { number: 2, name: 'bad', sql: 'create table half (id text); create tabel x (id text)' },
    ];
    await expect(openDatabase(place, { ...DEFAULTS, migrations: failing })).rejects.toThrow(/syntax error/);
    const database = await openHere(place, { migrations: STEPS });
    expect(await readRan(database)).toHaveLength(3);
    const connection = await database.acquire();
    const table = database.schema === undefined ? 'half' : `${database.schema}.half`;
    await expect(connection.query(`select 1 from ${table}`)).rejects.toThrow(/half/);
    connection.release();
  });

  test('another migration that takes too long is a clear refusal', async () => {
    const place = await newPlace();
    const first = await openHere(place);
    const writing = await first.acquire();
    await writing.query(engine === 'sqlite' ? 'begin immediate' : 'begin');
    for (const statement of await lockStatements(first)) await writing.query(statement);
    const { kind, message } = await refusalOf(place, { migrations: STEPS, waitMs: 300 });
    expect(kind).toBe('busy');
    expect(message).toMatch(
      engine === 'sqlite' ? /was being written by another program for 300 ms/ : /in use/,
    );
    await writing.query('rollback');
    writing.release();
    await openHere(place, { migrations: STEPS });
  });

  test('numbers that do not follow each other are a mistake of the program', async () => {
    const skipping = [{ number: 2, name: 'late', sql: 'select 1' }];
    await expect(openDatabase(await newPlace(), { ...DEFAULTS, migrations: skipping })).rejects.toThrow(
      'migration 2 (late) stands where 1 is expected',
    );
  });
});

async function lockStatements(database: Database): Promise<readonly string[]> {
  const { waitForWriters } = await import('../src/write-lock.ts');
  return waitForWriters(database);
}

interface Ran {
  readonly number: number;
  readonly name: string;
  readonly version: string;
  readonly ran_at: string;
}

async function readRan(database: Database): Promise<readonly Ran[]> {
  const connection = await database.acquire();
  const table = database.schema === undefined ? 'migration' : `${database.schema}.migration`;
  const { rows } = await connection.query<Ran>(`select * from ${table} order by number`);
  connection.release();
  return rows;
}
