/** Totals that outlive the program: a counter that began at 0 again would lose what was counted before. */
import { type Database, describeFault, openDatabase, type Refusal } from '@ephemetry/store';
import { VERSION } from '../generated/version.ts';
import { type KeptTotals, NO_TOTALS, parseTotals } from './scrape-totals.ts';

/** Where they are kept. One program at a time may write those of one key. */
export interface TotalsStore {
  /** What the program before had counted. */
  readonly kept: KeptTotals;
  /** Keeps these, whole or not at all. */
  readonly save: (totals: KeptTotals) => Promise<void>;
  readonly close: () => Promise<void>;
}

const MIGRATIONS = [
  { number: 1, name: 'totals', sql: 'create table total (key text primary key, totals text not null)' },
];

/** Keeps nothing: counters begin at 0. */
export const FORGETFUL: TotalsStore = {
  kept: NO_TOTALS,
  save: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/**
 * Opens the place and reads what is there. What cannot be read is refused: counters that began at 0 would overwrite it.
 *
 * @param key whose totals, as several programs may share a place
 */
export async function openTotals(place: string, name: string, key: string): Promise<TotalsStore | Refusal> {
  const opened = await openDatabase(place, { name, migrations: MIGRATIONS, version: VERSION });
  if (opened.kind !== 'open') return opened;
  const { database, shown } = opened;
  const read = await readTotals(database, shown, key);
  if (read.kind !== 'read') {
    await database.close();
    return read;
  }
  return {
    kept: read.totals,
    save: async (totals) => {
      const session = await database.acquire();
      try {
        await session.query(saving(database), [key, JSON.stringify(totals)]);
      } finally {
        session.release();
      }
    },
    close: () => database.close(),
  };
}

async function readTotals(
  database: Database,
  shown: string,
  key: string,
): Promise<{ readonly kind: 'read'; readonly totals: KeptTotals } | Refusal> {
  try {
    const connection = await database.acquire();
    const { rows } = await connection
      .query<{ totals: string }>(selecting(database), [key])
      .finally(() => connection.release());
    const [row] = rows;
    const totals = row === undefined ? NO_TOTALS : parseTotals(row.totals);
    if (totals !== undefined) return { kind: 'read', totals };
    const message = `the counters of ${key} in ${shown} cannot be read: remove their row of the table total, or name another place`;
    return { kind: 'not-a-database', message };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const other: Refusal = {
      kind: 'other-schema',
      message: `the counters in ${shown} cannot be read: ${why}`,
    };
    return describeFault(error, shown) ?? other;
  }
}

function selecting(database: Database): string {
  return `select totals from ${tableOf(database)} where key = ${database.engine === 'sqlite' ? '?' : '$1'}`;
}

function saving(database: Database): string {
  const values = database.engine === 'sqlite' ? '?, ?' : '$1, $2';
  return `insert into ${tableOf(database)} (key, totals) values (${values}) on conflict (key) do update set totals = excluded.totals`;
}

/** Only migrations run with the schema on the search path. */
function tableOf({ schema }: Database): string {
  return schema === undefined ? 'total' : `${schema}.total`;
}
