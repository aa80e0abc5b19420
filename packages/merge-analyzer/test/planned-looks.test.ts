/** Looks that are planned once a connection: whatever becomes of the plan, what is read is the same. */
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  startPostgresServer,
} from '@ephemetry/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { askPlanned } from '../src/database/ask-planned.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';

let server: PostgresServer | undefined;

beforeAll(async () => {
  if (findPostgresPrograms() === undefined) throw new Error(POSTGRESQL_NEEDED);
  server = await startPostgresServer();
});
afterAll(() => server?.stop());

async function openTable(): Promise<AnalyzerDatabase> {
  const database = openPostgresql({ url: server?.newDatabase() ?? '' });
  onTestFinished(() => database.close());
  await sql`create table fact (id integer primary key)`.execute(database.kysely);
  await sql`insert into fact values (7)`.execute(database.kysely);
  return database;
}

const LOOK = sql<{ id: number | string }>`select id from fact where id > 0`;
const NOTES = [sql`set local jit = off`];

async function countPlans({ kysely }: AnalyzerDatabase): Promise<number> {
  const { rows } = await sql<{
    plans: number;
  }>`select generic_plans::integer as plans from pg_prepared_statements`.execute(kysely);
  return rows.reduce((sum, { plans }) => sum + plans, 0);
}

test('is planned by the first look, and executed by the others', async () => {
  const database = await openTable();
  for (let look = 0; look < 3; look += 1)
    expect(await askPlanned(database, NOTES, LOOK)).toEqual([{ id: 7 }]);
  expect(await countPlans(database)).toBe(3);
});

test('a connection that does not know the statement plans it', async () => {
  const database = await openTable();
  await askPlanned(database, NOTES, LOOK);
  await sql`deallocate all`.execute(database.kysely);
  expect(await askPlanned(database, NOTES, LOOK)).toEqual([{ id: 7 }]);
  expect(await askPlanned(database, NOTES, LOOK)).toEqual([{ id: 7 }]);
  expect(await countPlans(database)).toBe(2);
});

test('a connection that knows it from somebody else, as behind a pooler, executes it', async () => {
  const database = await openTable();
  await askPlanned(database, NOTES, LOOK);
  const another = { ...database, kysely: database.kysely.withTables() };
  expect(await askPlanned(another, NOTES, LOOK)).toEqual([{ id: 7 }]);
});

test('a column that has another type is read as it is now', async () => {
  const database = await openTable();
  await askPlanned(database, NOTES, LOOK);
  await sql`alter table fact alter column id type bigint`.execute(database.kysely);
  expect(await askPlanned(database, NOTES, LOOK)).toEqual([{ id: '7' }]);
  expect(await askPlanned(database, NOTES, LOOK)).toEqual([{ id: '7' }]);
});

test('is planned again once a minute: a table that nobody analyzes may have grown', async () => {
  const database = await openTable();
  const { kysely } = database;
  const planAfter = async (nowMs: number): Promise<string | undefined> => {
    await askPlanned(database, NOTES, LOOK, nowMs);
    const { rows } = await sql<{ name: string }>`select name from pg_prepared_statements`.execute(kysely);
    const explained = await sql<{
      'QUERY PLAN': string;
    }>`explain execute ${sql.raw(rows[0]?.name ?? '')}`.execute(kysely);
    return explained.rows[0]?.['QUERY PLAN'];
  };
  await sql`set enable_indexscan = off`.execute(kysely);
  await sql`set enable_indexonlyscan = off`.execute(kysely);
  await sql`set enable_bitmapscan = off`.execute(kysely);
  expect(await planAfter(0)).toContain('Seq Scan');
  await sql`reset all`.execute(kysely);
  await sql`set enable_seqscan = off`.execute(kysely);
  expect(await planAfter(59_000)).toContain('Seq Scan');
  expect(await planAfter(61_000)).not.toContain('Seq Scan');
});
