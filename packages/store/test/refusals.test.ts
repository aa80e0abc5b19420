/** A database that cannot be used is a refusal with a kind, which says what is wrong and what to do, and no password. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePorts, runShell } from '@ephemetry/testing';
import { describeEngines, newDirectory } from '@ephemetry/testing/engines';
import { describe, expect, test } from 'vitest';
import { describeFault } from '../src/describe-fault.ts';
import { openHere, refusalOf } from './stores.ts';

describe('a file of node:sqlite', () => {
  test('is its owner’s alone, with all that SQLite puts beside it', async () => {
    const place = newDirectory();
    await openHere(place);
    const names = readdirSync(place);
    expect(names).toContain('tests.sqlite');
    expect(names.map((name) => statSync(join(place, name)).mode & 0o777)).toEqual(names.map(() => 0o600));
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  test('that is not there is missing, and nothing is made, when none is to be made', async () => {
    const place = newDirectory();
    expect(await refusalOf(place, { mayCreate: false })).toEqual({
      kind: 'missing',
      message: `there is no database at ${place}/tests.sqlite`,
    });
    expect(existsSync(place)).toBe(false);
    mkdirSync(place);
    expect(await refusalOf(place, { mayCreate: false })).toHaveProperty('kind', 'missing');
    expect(readdirSync(place)).toEqual([]);
  });

  test.each<[string, string, (file: string) => unknown, RegExp]>([
    ['a link', 'unsafe-path', (file) => symlinkSync('/dev/null', file), /is a symbolic link/],
    ['a pipe', 'unsafe-path', (file) => runShell(`mkfifo ${file}`), /is not a regular file/],
    ['a directory', 'not-a-database', (file) => mkdirSync(file), /is a directory/],
    ['a file with another name', 'unsafe-path', linkTwice, /has 2 names/],
    ['a file that others may write', 'unsafe-path', makeWritable, /run chmod go-w/],
    ['text', 'not-a-database', (file) => writeFileSync(file, 'x'.repeat(5_000)), /file is not a database/],
    ['a database of another program', 'not-a-database', makeOther, /of another program/],
  ])('in whose place is %s is refused as %s', async (_, expected, prepare, words) => {
    const place = newDirectory();
    mkdirSync(place);
    await prepare(join(place, 'tests.sqlite'));
    const { kind, message } = await refusalOf(place);
    expect(kind).toBe(expected);
    expect(message).toMatch(words);
    expect(message).toContain(place);
  });

  test('in a directory that others may write to is refused, and below one unless root opened it as a volume', async () => {
    const place = newDirectory();
    const below = join(place, 'below');
    mkdirSync(below, { recursive: true });
    chmodSync(place, 0o777);
    const isVolume = statSync(place).uid === 0;
    for (const refused of isVolume ? [place] : [place, below]) {
      const { kind, message } = await refusalOf(refused);
      expect(kind).toBe('unsafe-path');
      expect(message).toContain(`${place} can be written to by other users`);
    }
    expect(readdirSync(below)).toEqual([]);
    if (!isVolume) chmodSync(place, 0o700);
    await openHere(below);
  });

  test('is found through a link that is ours', async () => {
    const place = newDirectory();
    mkdirSync(place);
    const link = join(dirname(place), 'link');
    symlinkSync(place, link);
    await (await openHere(link)).close();
    expect(readdirSync(place)).toContain('tests.sqlite');
  });

  test('where this Node has no node:sqlite is refused with the way out', async () => {
    const { kind, message } = await refusalOf(newDirectory(), { findSqlite: () => undefined });
    expect(kind).toBe('unsupported');
    expect(message).toContain('Use a newer Node, or give a server: postgres://user@host:port/database');
  });
});

test('a server that is not there is unreachable, and its password is not said', async () => {
  const [port] = await freePorts(1);
  const { kind, message } = await refusalOf(
    `postgres://ada:secret@127.0.0.1:${port}/history?sslpassword=hidden`,
  );
  expect(kind).toBe('unreachable');
  expect(message).toContain(`postgres://ada@127.0.0.1:${port}/history cannot be reached`);
  expect(message).not.toMatch(/secret|hidden/);
});

test.each([
  ['', 'is empty'],
  ['mysql://root:secret@db/x', 'a database at mysql:// is not known here'],
  ['postgres:history', 'cannot be read'],
  ['sqlite:', 'no path is named'],
  ['ada:secret@db.example/history', 'user:password@host is the end of a URL'],
  ['postgres://ada:12/secret@db/history', 'the URL of PostgreSQL cannot be read'],
  ['host=db password=secret', 'settings such as host=… are not read here'],
  ['duckdb:history', 'it is not kept in DuckDB'],
])('%s is no place', async (place, words) => {
  const { kind, message } = await refusalOf(place);
  expect(kind).toBe('invalid-place');
  expect(message).toContain(words);
  expect(message).toContain('Allowed: postgres://');
  expect(message).not.toContain('secret');
});

describeEngines(({ engine, newPlace }) => {
  test('a writer that takes too long is a clear error, and the next try goes through', async () => {
    const place = await newPlace();
    const first = await (await openHere(place)).acquire();
    const second = await (await openHere(place, { waitMs: 200 })).acquire();
    const run = `insert into ${engine === 'sqlite' ? 'run' : 'ephemetry_tests.run'} values ('a', 'unit', 1)`;
    await first.query(engine === 'sqlite' ? 'begin immediate' : 'begin');
    await first.query(run);
    if (engine === 'postgresql') await second.query('set lock_timeout = 200');
    const error = await second.query(run).catch((thrown: unknown) => thrown);
    expect(describeFault(error, 'the history')).toHaveProperty('kind', 'busy');
    await first.query('rollback');
    await second.query(run);
    for (const connection of [first, second]) connection.release();
  });

  test('an error of a statement is no refusal', async () => {
    const connection = await (await openHere(await newPlace())).acquire();
    const error = await connection.query('select 1 from nowhere').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(describeFault(error, 'the history')).toBeUndefined();
    connection.release();
  });
});

test('a query beside a transaction of its own program is told to run with it, after the wait', async () => {
  const database = await openHere(newDirectory(), { waitMs: 100 });
  const taken = await database.acquire();
  await expect(database.acquire()).rejects.toThrow('Run the queries of a transaction with the transaction');
  taken.release();
  (await database.acquire()).release();
});

function linkTwice(file: string): void {
  writeFileSync(`${file}.other`, '');
  linkSync(`${file}.other`, file);
}

function makeWritable(file: string): void {
  writeFileSync(file, '');
  chmodSync(file, 0o666);
}

function makeOther(file: string): void {
  const other = new DatabaseSync(file);
  other.exec('create table bookmarks (url text)');
  other.close();
}
