/** Totals that outlive the program: a counter that began at 0 again would lose what was counted before. */
import { openDatabase, type Refusal } from '@ephemetry/store';
import { VERSION } from '../generated/version.ts';
import { type KeptTotals, NO_TOTALS } from './scrape-totals.ts';

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
 * Opens the place and reads what is there.
 *
 * @param key whose totals, as several programs may share a place
 */
export async function openTotals(place: string, name: string, key: string): Promise<TotalsStore | Refusal> {
  const opened = await openDatabase(place, { name, migrations: MIGRATIONS, version: VERSION });
  if (opened.kind !== 'open') return opened;
  const { database } = opened;
  const parameter = database.engine === 'sqlite' ? ['?', '?'] : ['$1', '$2'];
  const connection = await database.acquire();
  const { rows } = await connection.query<{ totals: string }>(
    `select totals from total where key = ${parameter[0]}`,
    [key],
  );
  connection.release();
  const [row] = rows;
  return {
    kept: row === undefined ? NO_TOTALS : JSON.parse(row.totals),
    save: async (totals) => {
      const session = await database.acquire();
      try {
        await session.query(
          `insert into total (key, totals) values (${parameter.join(', ')}) on conflict (key) do update set totals = excluded.totals`,
          [key, JSON.stringify(totals)],
        );
      } finally {
        session.release();
      }
    },
    close: () => database.close(),
  };
}
