/** Both engines behind one door: each test gets a database with schemas of its own. */
import {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  startPostgresServer,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import type { AnalyzerDatabase, AnalyzerEngine } from '../src/database/analyzer-database.ts';
import { openPglite } from '../src/database/open-pglite.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { startPglite } from './start-pglite.ts';

/** One engine, running. */
export interface RunningEngine {
  readonly engine: AnalyzerEngine;
  /** Fresh schemas, or those of a name that was used before. */
  readonly open: (name?: string) => AnalyzerDatabase;
  /** Of the real server; undefined on PGlite. */
  readonly server: PostgresServer | undefined;
  readonly stop: () => Promise<void>;
}

/** Whether tests on a real server are skipped: it is not on every machine, and a test installs nothing. */
export const isPostgresqlMissing: boolean = findPostgresPrograms() === undefined;

/** What the title of a skipped test adds. */
export const WHY_SKIPPED: string = isPostgresqlMissing ? ` (${POSTGRESQL_NEEDED})` : '';

/** The same tests on both engines. */
export function describeEngines(body: (engine: RunningEngine) => void): void {
  describe('pglite', () => body(engineOfTests('pglite')));
  describe.skipIf(isPostgresqlMissing)(`postgresql${WHY_SKIPPED}`, () => body(engineOfTests('postgresql')));
}

/** Started before the first test of the suite or file and stopped after its last; until then it has a name only. */
export function engineOfTests(engine: AnalyzerEngine): RunningEngine {
  let running: RunningEngine | undefined;
  const started = (): RunningEngine => {
    if (running === undefined) throw new Error('the engine is asked for outside of a test');
    return running;
  };
  beforeAll(async () => {
    running = await startEngine(engine);
  });
  afterAll(() => running?.stop());
  return {
    engine,
    open: (name) => started().open(name),
    get server() {
      return started().server;
    },
    stop: () => started().stop(),
  };
}

/** Starts an engine once for a whole file. */
async function startEngine(engine: AnalyzerEngine): Promise<RunningEngine> {
  let opened = 0;
  const names = (name: string | undefined): { orchestratorSchema: string; ownSchema: string } => {
    opened += 1;
    const id = name ?? `test_${opened}`;
    return { orchestratorSchema: `${id} work`, ownSchema: `${id}_own` };
  };
  if (engine === 'pglite') {
    const pglite = await startPglite();
    return {
      engine,
      open: (name) => openPglite({ pglite, ...names(name) }),
      server: undefined,
      stop: () => pglite.close(),
    };
  }
  const server = await startPostgresServer();
  const databases: AnalyzerDatabase[] = [];
  return {
    engine,
    open: (name) => {
      const database = openPostgresql({ url: server.url, ...names(name) });
      databases.push(database);
      return database;
    },
    server,
    stop: async () => {
      await Promise.all(databases.map((database) => database.close()));
      await server.stop();
    },
  };
}
