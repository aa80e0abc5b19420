/** Facts as rows. The tables are this program's own: what stands in them has the type that it was written with. */
import { RUN_RESULTS, type RunResult } from '../api/answers.ts';
import type { ItemFact, RepositoryFact, RunFact } from '../facts/facts.ts';

/** A row, by column. */
export type Row = Readonly<Record<string, unknown>>;

export function repositoryRow(fact: RepositoryFact): Row {
  return {
    name: fact.name,
    server: fact.server,
    forge_id: fact.forgeId,
    revision: fact.revision,
    filled_number: fact.filledNumber,
    filled_run_id: fact.filledRunId,
    newest_run_id: fact.newestRunId,
    watermark_ms: fact.watermarkMs,
    forge_now_ms: fact.forgeNowMs,
    collected_ms: fact.collectedMs,
    has_issues: fact.hasIssues,
    has_changes: fact.hasChanges,
    has_runs: fact.hasRuns,
    dispatch_rule: fact.dispatchRule,
    unlisted: fact.unlisted,
  };
}

export function repositoryOf(row: Row): RepositoryFact {
  return {
    name: String(row['name']),
    server: String(row['server']),
    forgeId: Number(row['forge_id']),
    revision: Number(row['revision']),
    filledNumber: Number(row['filled_number']),
    filledRunId: maybe(row['filled_run_id']),
    newestRunId: Number(row['newest_run_id']),
    watermarkMs: maybe(row['watermark_ms']),
    forgeNowMs: Number(row['forge_now_ms']),
    collectedMs: Number(row['collected_ms']),
    hasIssues: Number(row['has_issues']) === 1,
    hasChanges: Number(row['has_changes']) === 1,
    hasRuns: Number(row['has_runs']) === 1,
    dispatchRule: typeof row['dispatch_rule'] === 'string' ? row['dispatch_rule'] : undefined,
    unlisted: Number(row['unlisted']),
  };
}

export function itemRow(repository: string, fact: ItemFact): Row {
  return {
    repository,
    number: fact.number,
    kind: fact.kind,
    created_ms: fact.createdMs,
    updated_ms: fact.updatedMs,
    is_open: fact.isOpen,
    closed_ms: fact.closedMs,
    merged_ms: fact.mergedMs,
    handed_over_ms: fact.handedOverMs,
    reopenings: fact.reopenings,
    has_failure_label: fact.hasFailureLabel,
  };
}

export function itemOf(row: Row): ItemFact {
  return {
    kind: row['kind'] === 'change' ? 'change' : 'issue',
    number: Number(row['number']),
    createdMs: Number(row['created_ms']),
    updatedMs: Number(row['updated_ms']),
    isOpen: Number(row['is_open']) === 1,
    closedMs: maybe(row['closed_ms']),
    mergedMs: maybe(row['merged_ms']),
    handedOverMs: maybe(row['handed_over_ms']),
    reopenings: Number(row['reopenings']),
    hasFailureLabel: Number(row['has_failure_label']) === 1,
  };
}

export function runRow(repository: string, fact: RunFact): Row {
  return {
    repository,
    id: fact.id,
    workflow: fact.workflow,
    state: fact.state,
    result: fact.result,
    started_ms: fact.startedMs,
    completed_ms: fact.completedMs,
  };
}

const STATES: readonly RunFact['state'][] = ['pending', 'executing', 'finished'];

export function runOf(row: Row): RunFact {
  const result: RunResult | undefined = RUN_RESULTS.find((each) => each === row['result']);
  return {
    id: Number(row['id']),
    workflow: String(row['workflow']),
    state: STATES.find((each) => each === row['state']) ?? 'unknown',
    result,
    startedMs: maybe(row['started_ms']),
    completedMs: maybe(row['completed_ms']),
  };
}

function maybe(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
