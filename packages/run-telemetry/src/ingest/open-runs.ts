/** Runs that a batch speaks of, with what is stored of them, and what becomes of each event that arrives. */
import type { Kysely } from 'kysely';
import type { AgentEvent } from '../event/agent-event.ts';
import { eventContent } from '../event/event-text.ts';
import { NO_SUCCESS_RULE, parseSuccessRule, type SuccessRule, successOf } from '../facts/success-rule.ts';
import { anyNumber, anyText } from '../store/number-list.ts';
import type { RunKey } from '../store/run-rows.ts';
import { eventOfRow } from '../store/stored-events.ts';
import type { RunTables } from '../store/tables.ts';
import type { EventBatch } from './event-batch.ts';

/** A run that a batch speaks of. */
export interface OpenRun {
  key: RunKey;
  readonly isNew: boolean;
  /** Whether an end was stored before. */
  readonly wasFinished: boolean;
  /** Whether a baseline has it. */
  readonly isFrozen: boolean;
  /** Whether what success is taken from says something else of what was stored before. */
  readonly isJudgedAnew: boolean;
  readonly events: Map<number, AgentEvent>;
  readonly added: AgentEvent[];
  readonly conflicts: AgentEvent[];
  /** Contents that contradict an event, of this batch and of earlier ones. */
  readonly contradictions: Set<string>;
  duplicates: number;
  isChanged: boolean;
}

/** Runs of some events with what is stored of them. */
export async function openRuns(
  kysely: Kysely<RunTables>,
  events: readonly AgentEvent[],
  { successRule }: EventBatch,
): Promise<Map<string, OpenRun>> {
  const ids = [...new Set(events.map(({ runId }) => runId))];
  const keys = await kysely.selectFrom('run_keys').selectAll().where('run_id', 'in', anyText(ids)).execute();
  const known = new Map(keys.map((key) => [key.run_id, key]));
  const stored = await storedEvents(kysely, keys);
  const conflicts = await knownConflicts(kysely, keys);
  const frozen = await frozenRuns(kysely, keys);
  let number = await newestNumber(kysely);
  return new Map(
    ids.map((runId): [string, OpenRun] => {
      const key = known.get(runId);
      const own = key === undefined ? [] : (stored.get(key.number) ?? []);
      if (key === undefined) number += 1;
      const rule = successRule ?? key?.success_rule ?? null;
      const run: OpenRun = {
        key: { number, run_id: runId, revision: 0, duplicates: 0, ...key, success_rule: rule },
        isNew: key === undefined,
        wasFinished: own.some(({ type }) => type === 'run.finished'),
        isFrozen: key !== undefined && frozen.has(key.number),
        isJudgedAnew:
          key !== undefined &&
          rule !== key.success_rule &&
          judged(own, rule) !== judged(own, key.success_rule),
        events: new Map(own.map((event) => [event.seq, event])),
        added: [],
        conflicts: [],
        contradictions: new Set<string>(key === undefined ? [] : conflicts.get(key.number)),
        duplicates: 0,
        isChanged: key === undefined || rule !== key.success_rule,
      };
      return [runId, run];
    }),
  );
}

/** Events of runs, by their numbers. */
export async function storedEvents(
  kysely: Kysely<RunTables>,
  keys: readonly RunKey[],
): Promise<ReadonlyMap<number, AgentEvent[]>> {
  const byRun = new Map<number, AgentEvent[]>(keys.map(({ number }) => [number, []]));
  if (keys.length === 0) return byRun;
  const ids = new Map(keys.map((key) => [key.number, key.run_id]));
  const rows = await kysely
    .selectFrom('events')
    .selectAll()
    .where('run_number', 'in', anyNumber([...ids.keys()]))
    .execute();
  for (const row of rows) byRun.get(row.run_number)?.push(eventOfRow(ids.get(row.run_number) ?? '', row));
  return byRun;
}

/** Those of some runs that a baseline has. */
async function frozenRuns(kysely: Kysely<RunTables>, keys: readonly RunKey[]): Promise<ReadonlySet<number>> {
  if (keys.length === 0) return new Set();
  const rows = await kysely
    .selectFrom('baseline_runs')
    .select('run_number')
    .distinct()
    .where('run_number', 'in', anyNumber(keys.map(({ number }) => number)))
    .execute();
  return new Set(rows.map((row) => row.run_number));
}

function judged(events: readonly AgentEvent[], rule: string | null): boolean | undefined {
  const inOrder = events.toSorted((left, right) => left.seq - right.seq);
  return successOf(
    inOrder,
    inOrder.findLast(({ type }) => type === 'run.finished'),
    ruleOf(rule),
  );
}

/** What a run's success is taken from. */
export function ruleOf(text: string | null): SuccessRule {
  return parseSuccessRule(text ?? '') ?? NO_SUCCESS_RULE;
}

/** What contradicts an event of a run, each content once, by the numbers of runs. */
export async function knownConflicts(
  kysely: Kysely<RunTables>,
  keys: readonly RunKey[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const byRun = new Map<number, Set<string>>();
  if (keys.length === 0) return byRun;
  const rows = await kysely
    .selectFrom('conflicts')
    .selectAll()
    .where('run_number', 'in', anyNumber(keys.map(({ number }) => number)))
    .execute();
  for (const row of rows) {
    const known = byRun.get(row.run_number) ?? new Set<string>();
    byRun.set(row.run_number, known.add(contradictionOf(eventOfRow('', row))));
  }
  return byRun;
}

/** Two events that contradict the same one in the same way are one. */
function contradictionOf(event: AgentEvent): string {
  return `${event.seq} ${eventContent(event)}`;
}

async function newestNumber(kysely: Kysely<RunTables>): Promise<number> {
  const { number } = await kysely
    .selectFrom('run_keys')
    .select((select) => select.fn.max<number | null>('number').as('number'))
    .executeTakeFirstOrThrow();
  return number ?? 0;
}

/** Adds an event to its run: what is there already adds nothing, what contradicts it is kept as a conflict. */
export function arrive(
  runs: ReadonlyMap<string, OpenRun>,
  event: AgentEvent,
): 'new' | 'duplicate' | 'conflict' {
  const run = runs.get(event.runId);
  if (run === undefined) throw new Error(`run ${event.runId} was not opened`);
  run.isChanged = true;
  const first = run.events.get(event.seq);
  if (first === undefined) {
    run.events.set(event.seq, event);
    run.added.push(event);
    return 'new';
  }
  const contradiction = contradictionOf(event);
  if (contradictionOf(first) === contradiction || run.contradictions.has(contradiction)) {
    run.duplicates += 1;
    return 'duplicate';
  }
  run.contradictions.add(contradiction);
  run.conflicts.push(event);
  return 'conflict';
}
