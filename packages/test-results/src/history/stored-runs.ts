/** Runs as they are stored, read with the lists that they differ from. */
import type { Kysely, Selectable } from 'kysely';
import {
  bytesOf,
  decodeDifferences,
  differencesFrom,
  keysIn,
  ownList,
  type RunContent,
  type StoredContent,
} from './run-content.ts';
import type { HistoryTables } from './tables.ts';

/** Reads each list once, also when several ask for it at the same time. */
export class PassedLists {
  readonly #kysely: Kysely<HistoryTables>;
  readonly #read = new Map<number, Promise<BigUint64Array>>();

  constructor(kysely: Kysely<HistoryTables>) {
    this.#kysely = kysely;
  }

  read(number: number): Promise<BigUint64Array> {
    const known = this.#read.get(number) ?? this.#keysOf(number);
    this.#read.set(number, known);
    return known;
  }

  async #keysOf(number: number): Promise<BigUint64Array> {
    const { fingerprints } = await this.#kysely
      .selectFrom('passed_list')
      .select('fingerprints')
      .where('number', '=', number)
      .executeTakeFirstOrThrow();
    return keysIn(fingerprints);
  }

  async contentOf({
    list_number,
    differences,
  }: Pick<Selectable<HistoryTables['run']>, 'list_number' | 'differences'>): Promise<StoredContent> {
    return decodeDifferences(await this.read(list_number), differences);
  }
}

/** So many of the newest lists of a suite are tried: runs of slices, and of several environments, take turns. */
const LISTS_TRIED = 4;
/** A run that differs from a list in more than this share of its tests gets one of its own. */
const DIFFERENCES_SHARE = 1 / 16;
const DIFFERENCES_FREE = 64;

/** The run as differences from the first list that is close to it; a new one where none is. */
export async function storedOn(
  kysely: Kysely<HistoryTables>,
  lists: PassedLists,
  suite: string,
  content: RunContent,
): Promise<{ readonly listNumber: number; readonly content: StoredContent }> {
  const limit = Math.max(DIFFERENCES_FREE, content.passed.length * DIFFERENCES_SHARE);
  const newest = await kysely
    .selectFrom('passed_list')
    .select(['number', 'tests'])
    .where('suite', '=', suite)
    .orderBy('number', 'desc')
    .limit(LISTS_TRIED)
    .execute();
  for (const { number, tests } of newest) {
    if (Math.abs(tests - content.passed.length) > limit + content.otherKeys.length) continue;
    const stored = differencesFrom(await lists.read(number), content);
    if (stored.missing.length + stored.extra.length <= limit) return { listNumber: number, content: stored };
  }
  const own = ownList(content);
  const { number } = await kysely
    .insertInto('passed_list')
    .values({
      suite,
      tests: own.list.length,
      fingerprints: bytesOf(own.list),
      bytes: own.list.byteLength + 64,
    })
    .returning('number')
    .executeTakeFirstOrThrow();
  return { listNumber: number, content: own };
}
