/** What users say of clusters of failures. It hangs on the id, which never moves: a rebuild leaves it alone. */
import { writeSession } from '@ephemetry/store/kysely';
import type { RunStore } from './open-run-store.ts';
import type { RunTables } from './tables.ts';

/** What is said of one cluster; null is nothing. */
export interface ClusterState {
  readonly note: string | null;
  readonly owner: string | null;
  /** Until then it is not listed. */
  readonly mutedUntilUnixMs: number | null;
  readonly link: string | null;
  /** The id of the cluster that it is a part of. */
  readonly mergedInto: string | null;
}

const NOTHING: ClusterState = {
  note: null,
  owner: null,
  mutedUntilUnixMs: null,
  link: null,
  mergedInto: null,
};

/** By the ids of the clusters. */
export async function readClusterStates({ kysely }: RunStore): Promise<ReadonlyMap<string, ClusterState>> {
  const rows = await kysely.selectFrom('cluster_states').selectAll().execute();
  return new Map(rows.map((row) => [row.cluster, stateOf(row)]));
}

/** Changes what is named, and keeps the rest. Of two that change it at the same time the later one counts. */
export async function setClusterState(
  { database }: RunStore,
  cluster: string,
  change: Partial<ClusterState>,
): Promise<ClusterState> {
  return await writeSession<RunTables, ClusterState>(database, async ({ kysely }) => {
    const known = await kysely
      .selectFrom('cluster_states')
      .selectAll()
      .where('cluster', '=', cluster)
      .executeTakeFirst();
    const state = { ...(known === undefined ? NOTHING : stateOf(known)), ...change };
    await kysely.deleteFrom('cluster_states').where('cluster', '=', cluster).execute();
    await kysely
      .insertInto('cluster_states')
      .values({
        cluster,
        note: state.note,
        owner: state.owner,
        muted_until_ms: state.mutedUntilUnixMs,
        link: state.link,
        merged_into: state.mergedInto,
      })
      .execute();
    return state;
  });
}

/** Whether any run of the database has a cluster. */
export async function hasCluster({ kysely }: RunStore, cluster: string): Promise<boolean> {
  const row = await kysely
    .selectFrom('failures')
    .select('cluster')
    .where('cluster', '=', cluster)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function stateOf(row: RunTables['cluster_states']): ClusterState {
  return {
    note: row.note,
    owner: row.owner,
    mutedUntilUnixMs: row.muted_until_ms,
    link: row.link,
    mergedInto: row.merged_into,
  };
}
