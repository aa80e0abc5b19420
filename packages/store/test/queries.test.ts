/** One set of queries gives the same on both engines. */
import { waitFor } from '@ephemetry/testing';
import { describeEngines } from '@ephemetry/testing/engines';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { kyselyOn, writeTransaction } from '../src/kysely.ts';
import { openHere, type Tables } from './stores.ts';

describeEngines(({ engine, newPlace }) => {
  test('rows, counts and sums come as the same values', async () => {
    const database = await openHere(await newPlace());
    const kysely = kyselyOn<Tables>(database);
    const runs = [
      { id: 'a', suite: 'unit', tests: 3 },
      { id: 'b', suite: 'unit', tests: 2_000_000_000 },
      { id: 'c', suite: 'e2e', tests: 7 },
    ];
    const inserted = await kysely.insertInto('run').values(runs).executeTakeFirst();
    expect(inserted.numInsertedOrUpdatedRows).toBe(3n);
    const again = kysely
      .insertInto('run')
      .values({ id: 'a', suite: 'other', tests: 1 })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ tests: 4 }))
      .returning(['id', 'suite', 'tests']);
    expect(await again.execute()).toEqual([{ id: 'a', suite: 'unit', tests: 4 }]);
    const summed = kysely
      .selectFrom('run')
      .select((select) => [
        'suite',
        select.fn.countAll<number>().as('runs'),
        select.fn.sum<number>('tests').as('tests'),
      ])
      .groupBy('suite')
      .orderBy('suite');
    expect(await summed.execute()).toEqual([
      { suite: 'e2e', runs: 1, tests: 7 },
      { suite: 'unit', runs: 2, tests: 2_000_000_004 },
    ]);
    const deleted = await kysely.deleteFrom('run').where('suite', '=', 'unit').executeTakeFirst();
    expect(deleted.numDeletedRows).toBe(2n);
    const raw = sql<{ runs: number }>`select count(*) as runs from ${sql.table('run')}`;
    expect((await raw.execute(kysely)).rows).toEqual([{ runs: 1 }]);
  });

  test('a reference to a row that is not there is refused, and rows go with what they refer to', async () => {
    const kysely = kyselyOn<Tables>(await openHere(await newPlace()));
    const attempt = { run_id: 'a', number: 1 };
    await expect(kysely.insertInto('attempt').values(attempt).execute()).rejects.toThrow(/foreign key/i);
    await kysely.insertInto('run').values({ id: 'a', suite: 'unit', tests: 1 }).execute();
    await kysely.insertInto('attempt').values(attempt).execute();
    await kysely.deleteFrom('run').execute();
    expect(await kysely.selectFrom('attempt').selectAll().execute()).toEqual([]);
  });

  test.runIf(engine === 'postgresql').each(['repeatable read', 'serializable'])(
    'who waited for another writer sees what that one wrote, also as a role whose transactions are %s',
    async (level) => {
      const place = await newPlace();
      const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`;
      const database = await openHere(`${place}?options=${encodeURIComponent(options)}`);
      const kysely = kyselyOn<Tables>(database);
      expect((await sql`show transaction_isolation`.execute(kysely)).rows).toEqual([
        { transaction_isolation: level },
      ]);
      const countRuns = async (asker: Kysely<Tables>) =>
        (await asker.selectFrom('run').selectAll().execute()).length;
      let second: Promise<number> | undefined;
      await writeTransaction(database, kysely, async (transaction) => {
        second = writeTransaction(database, kysely, countRuns);
        await waitFor(
          async () =>
            (
              await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`.execute(
                transaction,
              )
            ).rows.length > 0,
          { what: 'the second writer waits' },
        );
        await transaction.insertInto('run').values({ id: 'a', suite: 'unit', tests: 1 }).execute();
      });
      expect(await second).toBe(1);
    },
  );

  test('a transaction that throws is undone, to its savepoint or whole', async () => {
    const kysely = kyselyOn<Tables>(await openHere(await newPlace()));
    const run = (id: string) => ({ id, suite: 'unit', tests: 1 });
    const failing = kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto('run').values(run('a')).execute();
      throw new Error('in the middle');
    });
    await expect(failing).rejects.toThrow('in the middle');
    const controlled = await kysely.startTransaction().execute();
    await controlled.insertInto('run').values(run('b')).execute();
    const saved = await controlled.savepoint('after b').execute();
    await saved.insertInto('run').values(run('c')).execute();
    await saved.rollbackToSavepoint('after b').execute();
    await controlled.commit().execute();
    expect(await kysely.selectFrom('run').select('id').execute()).toEqual([{ id: 'b' }]);
  });

  test('two writers that read before they write wait for each other, and lose nothing', async () => {
    const place = await newPlace();
    const databases = await Promise.all([openHere(place), openHere(place)]);
    const [first] = databases;
    await kyselyOn<Tables>(first).insertInto('run').values({ id: 'a', suite: 'unit', tests: 0 }).execute();
    const addOne = (index: number) => {
      const database = databases[index % 2] ?? first;
      return writeTransaction(database, kyselyOn<Tables>(database), async (transaction) => {
        const { tests } = await transaction.selectFrom('run').select('tests').executeTakeFirstOrThrow();
        await transaction
          .updateTable('run')
          .set({ tests: tests + 1 })
          .execute();
      });
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => addOne(index)));
    const { tests } = await kyselyOn<Tables>(first)
      .selectFrom('run')
      .select('tests')
      .executeTakeFirstOrThrow();
    expect(tests).toBe(40);
  });

  test('values that SQLite or PostgreSQL has no type for are refused on SQLite, not changed', async () => {
    const database = await openHere(await newPlace());
    if (database.engine !== 'sqlite') return;
    const connection = await database.acquire();
    await expect(connection.query('select ? as value', [true])).rejects.toThrow('not boolean');
    await expect(connection.query('select ? as value', [new Date()])).rejects.toThrow('not an object');
    connection.release();
  });
});
