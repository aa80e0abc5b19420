/** An orchestrator for tests: its tables in a schema of their own, and the ways in which it writes them. */
import { sql } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import { createOrchestratorTables } from '../src/database/create-orchestrator-tables.ts';

/** A merge as the orchestrator sees it. */
export interface WrittenMerge {
  readonly workItemId: string;
  readonly project?: string | null;
  readonly attempts?: unknown;
  readonly verdict?: unknown;
  /** ISO 8601. @default the database's clock */
  readonly createdAt?: string;
}

/** An event as it stands in the outbox. */
interface WrittenEvent {
  readonly id: number;
  readonly kind: string;
  readonly workItemId: string;
  readonly payload: Record<string, unknown>;
}

/** Writes transitions. */
export interface Orchestrator {
  readonly merge: (...merges: readonly WrittenMerge[]) => Promise<void>;
  readonly emit: (workItemId: string | null, payload: unknown, createdAt?: string) => Promise<void>;
  /** Events of the analyzer, oldest first. */
  readonly events: (kind: string) => Promise<readonly WrittenEvent[]>;
  readonly run: (statement: string) => Promise<readonly Record<string, unknown>[]>;
  readonly table: (name: string) => string;
}

/** Makes the tables. */
export async function startOrchestrator(database: AnalyzerDatabase): Promise<Orchestrator> {
  await createOrchestratorTables(database);
  const { kysely, orchestratorSchema } = database;
  const outbox = sql.table(`${orchestratorSchema}.events_outbox`);
  const insert = async (rows: readonly object[]): Promise<void> => {
    await sql`
      insert into ${outbox} (kind, work_item_id, payload, created_at)
      select 'work_item.transition', work_item_id, payload, coalesce(created_at, now())
      from json_to_recordset(${JSON.stringify(rows)}::text::json)
        as row(work_item_id text, payload jsonb, created_at timestamptz)`.execute(kysely);
  };
  return {
    merge: async (...merges) => {
      await insert(
        merges.map(({ workItemId, project = 'alpha', attempts = 1, verdict = 'approve', createdAt }) => ({
          work_item_id: workItemId,
          payload: { target: 'merged', attempts, last_verdict: verdict, project },
          created_at: createdAt,
        })),
      );
    },
    emit: async (workItemId, payload, createdAt) => {
      await insert([{ work_item_id: workItemId, payload, created_at: createdAt }]);
    },
    events: async (kind) => {
      const { rows } = await sql<{ id: string; work_item_id: string; payload: Record<string, unknown> }>`
        select id::text as id, work_item_id, payload from ${outbox} o
        where kind = ${kind} order by o.id`.execute(kysely);
      return rows.map(({ id, work_item_id, payload }) => ({
        id: Number(id),
        kind,
        workItemId: work_item_id,
        payload,
      }));
    },
    run: async (statement) => (await sql.raw<Record<string, unknown>>(statement).execute(kysely)).rows,
    table: (name) => `"${orchestratorSchema}"."${name}"`,
  };
}
