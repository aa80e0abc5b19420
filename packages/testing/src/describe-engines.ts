/** The same tests on each engine that keeps a state: an embedded one, and a PostgreSQL that is really there. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  startPostgresServer,
} from './postgres-server.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** An engine inside of the process. */
export type EmbeddedEngine = 'sqlite' | 'duckdb';

/** One engine, running. */
export interface RunningEngine {
  readonly engine: EmbeddedEngine | 'postgresql';
  /** A place that nobody has used, as a user writes it. */
  readonly newPlace: () => Promise<string>;
}

/** Declares the tests of `body` once for each engine; those on PostgreSQL are skipped where there is none. */
export function describeEngines(
  body: (running: RunningEngine) => void,
  embedded: EmbeddedEngine = 'sqlite',
): void {
  describe(embedded, () =>
    body({
      engine: embedded,
      // A directory without a scheme is one of SQLite.
      newPlace: async () => `${embedded === 'sqlite' ? '' : 'duckdb:'}${newDirectory()}`,
    }),
  );
  const isMissing = findPostgresPrograms() === undefined;
  describe.skipIf(isMissing)(`postgresql${isMissing ? ` (${POSTGRESQL_NEEDED})` : ''}`, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgresServer();
    });
    afterAll(() => server?.stop());
    const newPlace = async (): Promise<string> => {
      if (server === undefined)
        throw new Error('newPlace is for tests: PostgreSQL starts before the first of them');
      return server.newDatabase();
    };
    body({ engine: 'postgresql', newPlace });
  });
}

/** A directory that is not there yet, and gone after the test. */
export function newDirectory(): string {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  return join(directory.path, 'state');
}
