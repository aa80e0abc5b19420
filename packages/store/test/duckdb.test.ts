/** DuckDB in a directory: the same values as the other engines give, one owner, and no way to files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEngines, newDirectory } from '@ephemetry/testing/engines';
import { expect, onTestFinished, test } from 'vitest';
import type { Columns } from '../src/column-values.ts';
import type { Database, Engine } from '../src/database.ts';
import { openDatabase } from '../src/open-database.ts';
import { inTransaction } from '../src/transaction.ts';
import { openHere, refusalOf } from './stores.ts';

const MIGRATIONS = [
  { number: 1, name: 'values', sql: 'create table value (name text, whole bigint, part double precision)' },
];
const ENGINES: readonly Engine[] = ['postgresql', 'sqlite', 'duckdb'];
const OPTIONS = { migrations: MIGRATIONS, engines: ENGINES };

const COLUMNS: Columns = {
  name: { type: 'text', values: ['a', null, "it's \u0007 日本"] },
  whole: { type: 'integer', values: [1, Number.MAX_SAFE_INTEGER, null] },
  part: { type: 'number', values: [0.1, -2, null] },
};

for (const embedded of ['duckdb', 'sqlite'] as const)
  describeEngines(({ newPlace }) => {
    test('rows that are appended as columns come back as they were, and not after a rollback', async () => {
      const database = await openHere(await newPlace(), OPTIONS);
      await inTransaction(database, (session) => session.append('value', COLUMNS));
      const undone = inTransaction(database, async (session) => {
        await session.append('value', COLUMNS);
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await rows(database)).toEqual([
        { name: 'a', whole: 1, part: 0.1 },
        { name: "it's \u0007 日本", whole: null, part: null },
        { name: null, whole: Number.MAX_SAFE_INTEGER, part: -2 },
      ]);
    });
  }, embedded);

test('lists, truths and numbers are bound, and counts and sums are numbers', async () => {
  const database = await openHere(`duckdb:${newDirectory()}`, OPTIONS);
  const connection = await database.acquire();
  await connection.append('value', COLUMNS);
  const one = async (text: string, values: readonly unknown[]): Promise<unknown> =>
    (await connection.query(text, values)).rows[0];
  expect(
    await one(
      'select count(*) as n, sum(whole) as s from value where whole in (select unnest($1::bigint[]))',
      [[1, 2]],
    ),
  ).toEqual({ n: 1, s: 1 });
  expect(await one('select $1 as a, $2 as b, $3 as c, $4::text as d', [1.5, 7, true, null])).toEqual({
    a: 1.5,
    b: 7,
    c: true,
    d: null,
  });
  const changed = await connection.query("update value set part = 3 where name = 'a'");
  expect(changed).toEqual({ rows: [], affectedRows: 1 });
  const returned = await connection.query("delete from value where name = 'a' returning part");
  expect(returned).toEqual({ rows: [{ part: 3 }], affectedRows: 1 });
  await expect(connection.query('select sum(whole) + 1 as s from value')).rejects.toThrow(
    'too large for a number',
  );
  await expect(connection.query('select $1', [new Date()])).rejects.toThrow(TypeError);
  connection.release();
});

test('its SQL reads no file, writes none, loads no code and changes no setting', async () => {
  const directory = newDirectory();
  const database = await openHere(`duckdb:${directory}`, OPTIONS);
  const secret = join(directory, 'secret.csv');
  writeFileSync(secret, 'a\n1\n');
  const connection = await database.acquire();
  for (const statement of [
    `select * from read_csv('${secret}')`,
    `select * from '${secret}'`,
    `copy value to '${join(directory, 'out.csv')}'`,
    `attach '${join(directory, 'other.duckdb')}'`,
    'install httpfs',
    'set enable_external_access = true',
    "set memory_limit = '100GB'",
  ])
    await expect(connection.query(statement), statement).rejects.toThrow();
  connection.release();
  expect(existsSync(join(directory, 'out.csv'))).toBe(false);
});

test('it writes into a directory that was named, and into no other', async () => {
  const [directory, reachable, other] = [newDirectory(), newDirectory(), newDirectory()];
  for (const each of [reachable, other]) mkdirSync(each, { recursive: true });
  const database = await openHere(`duckdb:${directory}`, { ...OPTIONS, reachable: [reachable] });
  const connection = await database.acquire();
  await connection.append('value', COLUMNS);
  await connection.query(`copy value to '${join(reachable, 'value.parquet')}' (format parquet)`);
  expect(statSync(join(reachable, 'value.parquet')).size).toBeGreaterThan(0);
  await expect(connection.query(`copy value to '${join(other, 'value.parquet')}'`)).rejects.toThrow();
  connection.release();
});

test('a directory has one owner, which is named, and is free when that is killed', async () => {
  const directory = newDirectory();
  const program = `
    import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../src/open-database.ts'))};
    const options = { name: 'tests', version: '1', migrations: [], engines: ['duckdb'] };
    const opened = await openDatabase(process.argv[1], options);
    process.stdout.write(opened.kind);
    setInterval(() => {}, 1_000_000);`;
  const args = ['--input-type=module', '--eval', program, `duckdb:${directory}`];
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void owner.kill('SIGKILL'));
  await once(owner.stdout, 'data');
  const refusal = await refusalOf(`duckdb:${directory}`, { ...OPTIONS, lockWaitMs: 50 });
  expect(refusal.kind).toBe('busy');
  expect(refusal.message).toContain(`has the DuckDB database in it open (process ${owner.pid}, started 2`);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await openHere(`duckdb:${directory}`, OPTIONS);
});

test('whoever has the file without the lock of its directory is waited for', async () => {
  const directory = newDirectory();
  await (await openHere(`duckdb:${directory}`, OPTIONS)).close();
  const program = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const instance = await DuckDBInstance.create(process.argv[1]);
    process.stdout.write('open');
    process.stdin.once('data', () => process.exit());`;
  const args = ['--input-type=module', '--eval', program, join(directory, 'tests.duckdb')];
  const holder = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  expect(await refusalOf(`duckdb:${directory}`, { ...OPTIONS, lockWaitMs: 0 })).toMatchObject({
    kind: 'busy',
  });
  const opening = openHere(`duckdb:${directory}`, { ...OPTIONS, lockWaitMs: 20_000 });
  setTimeout(() => holder.stdin.write('end'), 200);
  await opening;
});

test('a directory that others can read keeps its database to its owner', async () => {
  const directory = newDirectory();
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  await openHere(`duckdb:${directory}`, OPTIONS);
  expect(statSync(join(directory, 'tests.duckdb')).mode & 0o777).toBe(0o600);
});

test.each([
  ['nothing', 'missing', () => {}],
  [
    'a file of another program',
    'not-a-database',
    (directory: string) => writeFileSync(join(directory, 'tests.duckdb'), 'x'.repeat(100_000)),
  ],
])('%s is refused as %s', async (_, kind, prepare) => {
  const directory = newDirectory();
  mkdirSync(directory, { recursive: true });
  prepare(directory);
  const refusal = await refusalOf(`duckdb:${directory}`, { ...OPTIONS, mayCreate: kind !== 'missing' });
  expect(refusal).toMatchObject({ kind, message: expect.stringContaining(directory) });
});

test('a migration without statements for it is a mistake of the program', async () => {
  const migrations = [{ number: 1, name: 'x', sql: { sqlite: 'select 1' } }];
  const options = { name: 'tests', version: '1', migrations, engines: ENGINES };
  await expect(openDatabase(`duckdb:${newDirectory()}`, options)).rejects.toThrow(
    'migration 1 has no statements for duckdb',
  );
});

async function rows(database: Database): Promise<readonly unknown[]> {
  const connection = await database.acquire();
  const table = database.schema === undefined ? 'value' : `${database.schema}.value`;
  try {
    return (await connection.query(`select * from ${table} order by name is null, name`)).rows;
  } finally {
    connection.release();
  }
}
