import { fabRoleLabels } from '@ephemetry/contract';
import { GATE } from './gate.ts';
import type { FabEvent, Recording } from './recording.ts';

/** Metric name, then its labels as `name="value"` in alphabetical order, then the sum. A histogram is its count. */
export type Totals = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * What the recordings say, counted here without any telemetry: what the receiver must have at the end.
 * Whole numbers and sums of whole cents' parts only, so that equal means equal.
 */
export function expectedTotals(recordings: readonly Recording[]): Totals {
  const totals = new Map<string, Map<string, number>>();
  for (const recording of recordings) countRecording(recording, totals);
  return Object.fromEntries([...totals].map(([name, series]) => [name, Object.fromEntries(series)]));
}

/** The totals with so many merge gates that ended as {@link GATE}. */
export function addGates(totals: Totals, gates: number): Totals {
  const { profile, decision, attempts } = GATE;
  return {
    ...totals,
    fab_merge_gate_decisions_total: { [labelText({ profile, decision })]: gates },
    fab_merge_gate_attempts_total: { [labelText({ profile })]: gates * attempts },
  };
}

function countRecording(recording: Recording, totals: Map<string, Map<string, number>>): void {
  const add = (name: string, value: number, label: Readonly<Record<string, string>> = {}): void => {
    if (value === 0) return;
    const series = totals.get(name) ?? new Map<string, number>();
    totals.set(name, series);
    const key = labelText({ ...fabRoleLabels(recording.role), ...label });
    series.set(key, (series.get(key) ?? 0) + value);
  };
  const events = eventsRead(recording);
  const count = (matches: (event: FabEvent) => boolean): number => events.filter(matches).length;
  const sum = (value: (event: FabEvent) => number | undefined): number =>
    events.reduce((total, event) => total + (value(event) ?? 0), 0);

  add('fab_agent_sessions_total', 1);
  add('fab_session_outcomes_total', 1, { outcome: recording.outcome });
  add('fab_role_session_duration_seconds', 1);
  add(
    'fab_self_eval_total',
    count((event) => says(event, 'SELF-EVAL: PASS')),
    { result: 'pass' },
  );
  add(
    'fab_self_eval_total',
    count((event) => says(event, 'SELF-EVAL: FAIL')),
    { result: 'fail' },
  );
  add(
    'fab_revisions_total',
    count((event) => says(event, 'Revising')),
  );
  add(
    'fab_advisor_calls_total',
    count(({ name }) => name === 'consult_advisor'),
  );
  add(
    'fab_tokens_total',
    sum(({ model_usage }) => model_usage?.input_tokens),
    { direction: 'input' },
  );
  add(
    'fab_tokens_total',
    sum(({ model_usage }) => model_usage?.output_tokens),
    { direction: 'output' },
  );
  add(
    'fab_cost_usd_total',
    sum(({ total_cost_usd }) => total_cost_usd),
  );
}

/** fab reads no further than the model request that breaks its budget. */
function eventsRead({ events, budgetTokens = Number.POSITIVE_INFINITY }: Recording): readonly FabEvent[] {
  let tokens = 0;
  const last = events.findIndex(({ model_usage: usage }) => {
    tokens += (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
    return tokens > budgetTokens;
  });
  return last === -1 ? events : events.slice(0, last + 1);
}

function says({ content }: FabEvent, marker: string): boolean {
  return (content ?? [])
    .map(({ text }) => text)
    .join('')
    .includes(marker);
}

/** `group="factory",phase="build",role="node-engineer"`. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, value]) => `${name}="${value}"`).join(',');
}
