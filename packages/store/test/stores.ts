/** Databases as the tests of this package open them: with two tables, and closed after the test. */
import { expect, onTestFinished } from 'vitest';
import type { Database } from '../src/database.ts';
import { type OpenOptions, openDatabase } from '../src/open-database.ts';

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
