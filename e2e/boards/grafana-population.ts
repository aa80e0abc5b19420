/** What the runs behind the dashboards record: known beforehand, so that the truth does not depend on what is tested. */
import type { EphemetryMetricKey } from '@ephemetry/contract';
import type { GateResult, SessionOutcome } from '@ephemetry/instrumentation-fab';
import { createRandom } from '../support/random.ts';

/** One role session with everything known of it. */
export interface PlannedSession {
  readonly role: string;
  readonly outcome: SessionOutcome;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly advisorCalls: number;
  readonly selfEvalPass: number;
  readonly selfEvalFail: number;
  readonly revisions: number;
  readonly durationSeconds: number;
}

/** What a program says about its own deliveries. */
interface DeliveryMeasurement {
  readonly metric: EphemetryMetricKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What one run records, and how it ends. */
export interface PlannedFabRun {
  readonly sessions: readonly PlannedSession[];
  readonly gates: readonly GateResult[];
  readonly delivery: readonly DeliveryMeasurement[];
  /** `killed` records everything, then is gone before it is delivered. */
  readonly ending: 'exit' | 'throw' | 'natural' | 'killed';
}

/** One run that failed its own work: a ratio of 1 by a single evaluation. Its gate let nothing through. */
export const SINGLE_RUN: PlannedFabRun = {
  sessions: [
    {
      role: 'react-engineer',
      outcome: 'completed',
      inputTokens: 41_000,
      outputTokens: 3_700,
      costUsd: 0.359375,
      advisorCalls: 2,
      selfEvalPass: 0,
      selfEvalFail: 1,
      revisions: 5,
      durationSeconds: 417.25,
    },
  ],
  gates: [{ profile: 'code', decision: 'revise', attempts: 3 }],
  delivery: [],
  ending: 'exit',
};

/** Eighteen roles of eight phases and three groups, so that a list of 15 leaves some out; the last is not fab's. */
const ROLES = [
  ...['product', 'intake-analyst', 'design-lead', 'ux-engineer', 'react-engineer', 'node-engineer'],
  ...['go-engineer', 'postgres-engineer', 'qa-security', 'pr-reviewer', 'release-manager', 'ops-sre'],
  ...['ops-finops', 'cs-support', 'sales-lead', 'learner', 'prompt-optimizer', 'hired-yesterday'],
];
const OUTCOMES = [
  'completed',
  'completed',
  'completed',
  'error',
  'terminated',
  'interrupted',
  'budget',
] as const;
const ENDINGS = ['exit', 'exit', 'natural', 'throw'] as const;

/** Plans runs as fab's are: one to three sessions and sometimes a gate. The same seed gives the same plan. */
export function planFabRuns(
  count: number,
  { seed, failShare, mostEvaluations, decisions }: PlanOptions,
): readonly PlannedFabRun[] {
  const random = createRandom(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const of = <Item>(items: readonly [Item, ...Item[]]): Item => items[upTo(items.length)] ?? items[0];
  const session = (): PlannedSession => {
    const isFailed = random() < failShare;
    // A session need not judge its own work.
    const evaluations = upTo(8) === 0 ? 0 : 1 + upTo(mostEvaluations);
    return {
      role: ROLES[upTo(ROLES.length)] ?? 'product',
      outcome: of(OUTCOMES),
      // A transport that reports none.
      inputTokens: upTo(5) === 0 ? 0 : 1 + upTo(100_000),
      outputTokens: 1 + upTo(10_000),
      // Sixty-fourths: their sums are exact in any order.
      costUsd: upTo(5) === 0 ? 0 : (1 + upTo(640)) / 64,
      advisorCalls: upTo(3),
      selfEvalPass: isFailed ? 0 : evaluations,
      selfEvalFail: isFailed ? evaluations : 0,
      revisions: upTo(4),
      // All buckets, the one above the last bound among them.
      durationSeconds: Math.round(64 * 2 ** (random() * 15 - 1.5)) / 64,
    };
  };
  const gate = (): GateResult => ({
    profile: of(['code', 'code', 'docs']),
    decision: of(decisions),
    attempts: 1 + upTo(3),
  });
  return Array.from({ length: count }, (_, index) => ({
    sessions: Array.from({ length: 1 + upTo(3) }, session),
    gates: Array.from({ length: upTo(2) }, gate),
    delivery: [],
    ending: index % 10 === 9 ? 'killed' : of(ENDINGS),
  }));
}

/** What differs from plan to plan. */
export interface PlanOptions {
  readonly seed: number;
  /** Share of the sessions that fail their own work. */
  readonly failShare: number;
  /** Self-evaluations of one session. */
  readonly mostEvaluations: number;
  /** What gates may decide. */
  readonly decisions: readonly [string, ...string[]];
}
