/** A disk that takes nothing more: said as what it is, nothing is half there, and what comes after there is room counts. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountSmallDisk } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { describeFault } from '../src/describe-fault.ts';
import { kyselyOn, writeTransaction } from '../src/kysely.ts';
import { openDatabase } from '../src/open-database.ts';
import { DEFAULTS, openHere, type Tables } from './stores.ts';

const probe = mountSmallDisk(1);
const unavailable = 'unavailable' in probe ? probe.unavailable : undefined;
if (!('unavailable' in probe)) probe.remove();
const why = unavailable === undefined ? '' : ` (skipped: ${unavailable})`;

/** A disk, and the way to fill what is left of it. */
function setUp(mebibytes: number) {
  const disk = mountSmallDisk(mebibytes);
  if ('unavailable' in disk) throw new Error(disk.unavailable);
  onTestFinished(disk.remove);
  const filler = join(disk.path, 'filler');
  return {
    path: disk.path,
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(mebibytes * 2 ** 20));
      } catch {
        // Until nothing fits any more.
      }
    },
    free: () => rmSync(filler),
  };
}

test.skipIf(unavailable)(
  `node:sqlite: a transaction that finds no room is undone, said as storage, and done again later${why}`,
  async () => {
    const { path, fill, free } = setUp(2);
    const database = await openHere(join(path, 'history'));
    const kysely = kyselyOn<Tables>(database);
    const suite = 'x'.repeat(100_000);
    const insert = (id: string) =>
      writeTransaction(database, kysely, async (transaction) => {
        await transaction
          .insertInto('run')
          .values({ id: `${id}1`, suite, tests: 1 })
          .execute();
        await transaction
          .insertInto('run')
          .values({ id: `${id}2`, suite, tests: 1 })
          .execute();
      });
    await insert('a');
    fill();
    const refused: unknown = await insert('b').catch((error: unknown) => error);
    expect(describeFault(refused, 'the history')).toMatchObject({
      kind: 'storage',
      message: expect.stringMatching(/^the history cannot be read or written: .*full/),
    });
    free();
    await insert('c');
    const ids = await kysely.selectFrom('run').select('id').orderBy('id').execute();
    expect(ids.map(({ id }) => id)).toEqual(['a1', 'a2', 'c1', 'c2']);
  },
);

test.skipIf(unavailable)(
  `PGlite: a database that does not fit is refused in words, and leaves nothing behind${why}`,
  async () => {
    const { path } = setUp(16);
    const opened = await openDatabase(`pglite:${join(path, 'database')}`, DEFAULTS);
    expect(opened).toMatchObject({ kind: 'storage', message: expect.stringMatching(/the disk is full/) });
    expect(readdirSync(path)).not.toContain('database');
    expect(readdirSync(path).filter((name) => name.includes('making'))).toEqual([]);
  },
);
