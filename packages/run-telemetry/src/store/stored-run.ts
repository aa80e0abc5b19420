/** One run as it is kept: its facts, its events, and events that contradict them. */
import type { AgentEvent } from '../event/agent-event.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import type { RunStore } from './open-run-store.ts';
import { runOfRow } from './run-rows.ts';
import { eventOfRow } from './stored-events.ts';

/** A run. */
export interface StoredRun {
  readonly run: AgentRun;
  readonly revision: number;
  /** In the order of the run; none where they were removed. */
  readonly events: readonly AgentEvent[];
  /** Events that came under a known key: they do not count. */
  readonly conflicts: readonly AgentEvent[];
}

/** Undefined where there is no such run. */
export async function readStoredRun({ kysely }: RunStore, runId: string): Promise<StoredRun | undefined> {
  const row = await kysely.selectFrom('runs').selectAll().where('run_id', '=', runId).executeTakeFirst();
  if (row === undefined) return undefined;
  const [events, conflicts] = [
    await kysely
      .selectFrom('events')
      .selectAll()
      .where('run_number', '=', row.run_number)
      .orderBy('seq')
      .execute(),
    await kysely
      .selectFrom('conflicts')
      .selectAll()
      .where('run_number', '=', row.run_number)
      .orderBy('seq')
      .execute(),
  ];
  return {
    run: runOfRow(row),
    revision: row.revision,
    events: events.map((each) => eventOfRow(runId, each)),
    conflicts: conflicts.map((each) => eventOfRow(runId, each)),
  };
}
