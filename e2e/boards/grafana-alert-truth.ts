/** Which alert must fire for what was recorded, computed from that alone. */
import { type AlertDefinition, fabObservability } from '@ephemetry/grafana';
import { answerDifferences, answersOf, type Expected } from './grafana-answers.ts';
import { type Moment, momentOf } from './grafana-moment.ts';
import { burn, evaluated, type Population } from './grafana-panel-truth.ts';

/** What alerts look at. */
export interface Situation extends Population {
  /** Batches that never arrived, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  /** Points that the gateway refused, by reason and program. */
  readonly refused: Readonly<Record<string, number>>;
  /** Points that were answered with 503. */
  readonly full?: number;
  /** Share of the durable queue that waits. @default nothing */
  readonly queued?: number;
}

/** Label `cluster` of the gateway under test. */
const CLUSTER = 'e2e';
const ENOUGH_EVALUATIONS = 10;

/** How a sample of an alert is named here. */
const LEGEND = '{{cluster}} {{reason}} {{service}}';

/** Uid of an alert to what it must say while everything is within its windows. */
export const ALERT_TRUTH: Readonly<Record<string, (situation: Situation) => Expected>> = {
  'fab-self-eval-burn-1h': burnsAbove(14.4),
  'fab-self-eval-burn-6h': burnsAbove(6),
  'fab-self-eval-burn-1d': burnsAbove(3),
  'fab-self-eval-burn-3d': burnsAbove(1),
  // Nothing has gone on for hours yet.
  'fab-merge-gate-stall': () => ({}),
  // There was no last week.
  'fab-no-runs': () => ({}),
  // The gateway is up.
  'fab-metrics-absent': () => ({}),
  // Refused points, or how full the queue is.
  'fab-gateway-refuses': ({ full = 0, queued = 0 }) => {
    if (full > 0) return { [CLUSTER]: full };
    return queued > 0.5 ? { [CLUSTER]: queued } : {};
  },
  // Nothing has stood still for minutes.
  'fab-gateway-stuck': () => ({}),
  'fab-lost-batches': ({ lost }) => inCluster(lost),
  'fab-refused-points': ({ refused }) => inCluster(refused),
};

/** All alerts under their default options. */
export const ALERTS: readonly AlertDefinition[] = fabObservability().alertGroups.flatMap(
  ({ alerts }) => alerts,
);

/** One line for each sample of each alert that is not as the situation says. */
export async function alertDifferences(
  url: string,
  moment: Moment,
  situation: Situation,
): Promise<readonly string[]> {
  const lines = await Promise.all(
    ALERTS.map(async ({ uid, expr }) => {
      const panel = { kind: 'stat', queries: [{ expr, legend: LEGEND }] } as const;
      const answers = await answersOf(url, panel, {}, momentOf(moment));
      return answerDifferences(uid, answers, ALERT_TRUTH[uid]?.(situation) ?? {});
    }),
  );
  return lines.flat();
}

function burnsAbove(factor: number): (situation: Situation) => Expected {
  return (situation) => {
    const rate = burn(situation)['burn rate'];
    const isBurning = typeof rate === 'number' && rate > factor;
    return isBurning && evaluated(situation) >= ENOUGH_EVALUATIONS ? { [CLUSTER]: rate } : {};
  };
}

function inCluster(values: Readonly<Record<string, number>>): Expected {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${CLUSTER} ${name}`, value]));
}
