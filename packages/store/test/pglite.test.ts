/** PGlite by its place, with the queries of the other engines. */
import { newDirectory } from '@ephemetry/testing/engines';
import { expect, test } from 'vitest';
import { kyselyOn, writeTransaction } from '../src/kysely.ts';
import { openHere, refusalOf, type Tables } from './stores.ts';

test('a directory of PGlite takes the same tables and queries, and one program at a time', async () => {
  const place = `pglite:${newDirectory()}`;
  expect(await refusalOf(place, { mayCreate: false })).toHaveProperty('kind', 'missing');
  const database = await openHere(place);
  const kysely = kyselyOn<Tables>(database);
  await writeTransaction(database, kysely, async (transaction) => {
    await transaction.insertInto('run').values({ id: 'a', suite: 'unit', tests: 3 }).execute();
  });
  const summed = kysely
    .selectFrom('run')
    .select(({ fn }) => [fn.countAll<number>().as('runs'), fn.sum<number>('tests').as('tests')]);
  expect(await summed.execute()).toEqual([{ runs: 1, tests: 3 }]);
  const refused = await refusalOf(place);
  expect(refused.kind).toBe('busy');
  expect(refused.message).toContain('is in use');
  await kysely.destroy();
  const again = await openHere(place);
  expect(await kyselyOn<Tables>(again).selectFrom('run').select('id').execute()).toEqual([{ id: 'a' }]);
});
