/** Histories as tests open and fill them. */
import { kyselyOn } from '@ephemetry/store/kysely';
import { onTestFinished } from 'vitest';
import { type History, openHistory } from '../../src/history/open-history.ts';
import {
  type Remembered,
  type RememberedRun,
  type RememberOptions,
  rememberRun,
} from '../../src/history/remember-run.ts';
import type { HistoryTables } from '../../src/history/tables.ts';
import { CATEGORIES, runOf, type Went } from './run-of.ts';

/** Opens what must open, and closes it after the test. */
export async function openHere(place: string): Promise<History> {
  const opened = await openHistory(place, { version: '1.2.3' });
  if (!('kysely' in opened)) throw new Error(`${opened.kind}: ${opened.message}`);
  onTestFinished(opened.close);
  return opened;
}

/** The same history; before each of its statements something else happens. */
export function watched(history: History, before: (statement: string) => unknown): History {
  const database: History['database'] = {
    ...history.database,
    acquire: async () => {
      const connection = await history.database.acquire();
      return {
        ...connection,
        query: async (text, parameters) => {
          await before(text);
          return await connection.query(text, parameters);
        },
        release: () => connection.release(),
      };
    },
  };
  return { ...history, database, kysely: kyselyOn<HistoryTables>(database) };
}

/** Noon of a day in November. */
export const NOON = Date.UTC(2026, 10, 1, 12);
export const HOUR_MS = 3_600_000;

let identities = 0;

/** Records a run of a commit. */
export async function record(
  history: History,
  commit: string | undefined,
  went: Went,
  given: Partial<RememberedRun> = {},
  options: RememberOptions = {},
): Promise<Remembered> {
  identities += 1;
  const endUnixMs = given.endUnixMs ?? NOON + identities;
  return await rememberRun(
    history,
    runOf(went),
    {
      identity: `run ${identities}`,
      suite: 'app',
      environment: 'linux x64',
      branch: 'default',
      categories: CATEGORIES,
      ...given,
      commit,
      endUnixMs,
    },
    { now: () => endUnixMs, ...options },
  );
}
