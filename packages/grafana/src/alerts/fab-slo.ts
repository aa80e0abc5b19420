/** The alert group `fab-slo`: bad work, work that stalls, no work, and measurements that do not arrive. */
import { EPHEMETRY_METRICS, FAB_METRICS, GATEWAY_METRICS, REFUSING_FILTERS } from '@ephemetry/contract';
import type { ResolvedGrafanaOptions } from '../grafana-options.ts';
import { durationSeconds } from '../promql/duration.ts';
import { createQueries, type Queries } from '../promql/queries.ts';
import type { AlertDefinition, AlertGroupDefinition } from './alert.ts';
import {
  type BurnRate,
  burnAlertUid,
  burnRateOf,
  errorBudget,
  evaluationsOf,
  failuresOf,
} from './burn-rate.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** Each cluster is judged, and named, by itself. */
const BY_CLUSTER = ['cluster'] as const;

/** The group under these options. */
export function fabSlo(options: ResolvedGrafanaOptions): AlertGroupDefinition {
  const queries = createQueries({ clusterLabel: options.clusterLabel, variables: {} });
  return {
    name: 'fab-slo',
    intervalSeconds: 60,
    alerts: [
      ...options.burnRates.map((rate) => burnAlert(queries, options, rate)),
      mergeGateStall(queries, options),
      noRuns(queries, options),
      metricsAbsent(queries, options),
      lostBatches(queries),
      refusedPoints(queries),
    ],
  };
}

function burnAlert(
  queries: Queries,
  { objective, minimumEvaluations }: ResolvedGrafanaOptions,
  rate: BurnRate,
): AlertDefinition {
  const { factor, long, short } = rate;
  const burning = [long, short].map(
    (window) => `${burnRateOf(queries, objective, window, BY_CLUSTER)} > ${factor}`,
  );
  const enough = `${evaluationsOf(queries, long, BY_CLUSTER)} >= ${minimumEvaluations}`;
  // One failure of ten is twice what 5 % allow, and still one failure. increase() shows one as 1 or little more.
  const isOneTooMany = 1 / minimumEvaluations > factor * errorBudget(objective);
  const several = isOneTooMany ? [`${failuresOf(queries, long, BY_CLUSTER)} > 1.5`] : [];
  const failing = Number((100 * factor * errorBudget(objective)).toPrecision(3));
  const seconds = durationSeconds(long) ?? 0;
  const spent = Number(((100 * factor * seconds) / (30 * DAY_SECONDS)).toPrecision(2));
  return {
    uid: burnAlertUid(rate),
    title: `FabSelfEvalBurn${long}`,
    expr: [...burning, enough, ...several].join(' and '),
    for: rate.for,
    lookBackSeconds: seconds,
    urgency: rate.urgency,
    component: 'self-eval',
    summary: `fab's roles fail their own work: ${spent} % of the error budget in ${long}`,
    description: `More than ${failing} % of the self-evaluations of the last ${long}, and of the last ${short}, failed: ${factor} times what an objective of ${objective} allows. At least ${minimumEvaluations} evaluations were counted.`,
    page: {
      means: `Roles judge their own work, and the objective is that ${objective * 100} % of it passes over 30 days. In the last ${long} more than ${failing} % failed, at least ${minimumEvaluations} evaluations were counted, and it still goes on: the last ${short} is as bad. At this rate the budget of 30 days is spent in ${Number((30 / factor).toPrecision(2))} days.`,
      look: [
        {
          tells: 'Which phase fails',
          query: `sum by (phase) (increase(${FAB_METRICS.selfEval.name}{result="fail"}[${long}])) / (sum by (phase) (increase(${FAB_METRICS.selfEval.name}{result=~"pass|fail"}[${long}])) > 0)`,
        },
        {
          tells: 'Which roles fail most',
          query: `topk(5, sum by (role) (increase(${FAB_METRICS.selfEval.name}{result="fail"}[${long}])))`,
        },
        {
          tells: 'Whether sessions fail before they judge anything',
          query: `sum by (outcome) (increase(${FAB_METRICS.sessionOutcomes.name}[${long}]))`,
        },
      ],
      act: [
        'One role: look at what changed in its prompt, tools or model, and take the change back.',
        'A whole phase: look at what the phase before it hands over.',
        'Everything at once: the model or the transport. Stop scheduled runs until it is clear; they spend tokens on work that fails.',
      ],
      quiet: `Below ${minimumEvaluations} evaluations in ${long}: a ratio of a few evaluations is no measurement.${isOneTooMany ? ' On a single failure.' : ''} Ends ${short} after the last failing run, because nothing has failed since.`,
    },
  };
}

function mergeGateStall(
  queries: Queries,
  { stallWindow, minimumRevisions, clusterLabel }: ResolvedGrafanaOptions,
): AlertDefinition {
  const revisions = (window: string, offset?: string): string =>
    queries.increase(FAB_METRICS.revisions, {
      window,
      by: BY_CLUSTER,
      ...(offset === undefined ? {} : { offset }),
    });
  // A first workflow after a weekend has approved nothing for days, and is not stalled: it has just begun.
  const half = `${Math.ceil((durationSeconds(stallWindow) ?? 0) / 2)}s`;
  const approved = queries.increase(FAB_METRICS.mergeGateDecisions, {
    window: stallWindow,
    by: BY_CLUSTER,
    where: { decision: 'approve' },
  });
  const gated = queries.increase(FAB_METRICS.mergeGateDecisions, { window: '7d', by: BY_CLUSTER });
  return {
    uid: 'fab-merge-gate-stall',
    title: 'FabMergeGateStall',
    expr: `${revisions(stallWindow)} >= ${minimumRevisions} and ${revisions(half, half)} > 0 and ${revisions('1h')} > 0 and ${gated} > 0 unless on (${clusterLabel}) (${approved} > 0)`,
    for: '15m',
    lookBackSeconds: 7 * DAY_SECONDS,
    urgency: 'page',
    component: 'merge-gate',
    summary: `fab revises and revises, and no merge gate approved in ${stallWindow}`,
    description: `At least ${minimumRevisions} revisions in the last ${stallWindow}, some of them in its first half and some within the last hour, and not one approved merge gate. Work is being paid for that does not get merged.`,
    page: {
      means: `Roles keep revising their work while no merge gate has approved anything for ${stallWindow}. Gates were at work within the last 7 days, so approvals can be expected.`,
      look: [
        {
          tells: 'What the gates decided',
          query: `sum by (profile, decision) (increase(${FAB_METRICS.mergeGateDecisions.name}[${stallWindow}]))`,
        },
        {
          tells: 'Who revises',
          query: `topk(5, sum by (role) (increase(${FAB_METRICS.revisions.name}[${stallWindow}])))`,
        },
        {
          tells: 'What it costs, as far as reported',
          query: `sum(increase(${FAB_METRICS.tokens.name}[${stallWindow}]))`,
        },
      ],
      act: [
        'No decision at all: workflows end before their gate. Look at the outcomes of their sessions.',
        '`revise` or `reject` only: read the reasons of the newest gate in fab’s output. The same reason again and again is a task that its roles cannot do as it is cut.',
        'Stop the workflow that goes in circles; a smaller scope or a person’s decision gets it on.',
      ],
      quiet: `Fewer than ${minimumRevisions} revisions, none before the last half of ${stallWindow} (work that has just begun), none within the last hour, or no gate in use within 7 days.`,
    },
  };
}

/**
 * Silence is judged by the week before, and people are not punctual: a run may come up to 12 hours earlier or later
 * than a week ago. So the day that must have had sessions then is the middle one of two that have none now.
 */
function noRuns(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const sessions = (window: string, offset?: string): string =>
    queries.increase(FAB_METRICS.agentSessions, {
      window,
      by: BY_CLUSTER,
      ...(offset === undefined ? {} : { offset }),
    });
  return {
    uid: 'fab-no-runs',
    title: 'FabNoRuns',
    expr: `${sessions('1d', '180h')} > 0 unless on (${clusterLabel}) (${sessions('2d')} > 0)`,
    for: '30m',
    lookBackSeconds: 8.5 * DAY_SECONDS,
    urgency: 'ticket',
    component: 'runs',
    summary: 'no fab session for two days, although there were some a week ago',
    description:
      'Not one role session was counted in the last 48 hours; a week ago there were some in the middle 24 of the same 48 hours. Either fab does not run, or its measurements do not arrive.',
    page: {
      means:
        'What is expected is what happened a week ago: a weekend without runs last week makes this weekend’s silence normal. A run may come up to 12 hours earlier or later than a week ago, so it takes 12 hours without it, and 48 without any.',
      look: [
        {
          tells: 'Sessions a day: as a graph over the last two weeks it shows when they stopped',
          query: `sum(increase(${FAB_METRICS.agentSessions.name}[1d]))`,
        },
        {
          tells: 'Whether the gateway takes anything',
          query: `sum(increase(${GATEWAY_METRICS.acceptedPoints.name}{receiver="otlp"}[1d]))`,
        },
      ],
      act: [
        'Look for the Jobs or the schedule: `kubectl get jobs,cronjobs`.',
        'Jobs ran: `ephemetry status` where they ran, or the sidecar’s log. What waits in a spool is not lost; `ephemetry drain` delivers it.',
        'A holiday: nothing. It ends with the next session, or 36 hours after the last one of the week before.',
      ],
      quiet: 'In the first week, and from the second week without runs on: then silence is what is expected.',
    },
  };
}

function metricsAbsent(queries: Queries, { clusterLabel }: ResolvedGrafanaOptions): AlertDefinition {
  const sessions = queries.series(FAB_METRICS.agentSessions);
  return {
    uid: 'fab-metrics-absent',
    title: 'FabMetricsAbsent',
    expr: `count by (${clusterLabel}) (last_over_time(${sessions}[1d])) unless on (${clusterLabel}) count by (${clusterLabel}) (${sessions})`,
    for: '10m',
    lookBackSeconds: DAY_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'fab metrics are absent: every other alert of this group is blind',
    description:
      'The totals of fab are re-exposed for ever, runs or no runs; now they are missing. The gateway is down or cannot write. Programs keep their batches in their spools meanwhile.',
    page: {
      means:
        'The gateway shows every total at every scrape, whether anything runs or not. For 10 minutes there was none of them, and within the last day there were some. A ratio of nothing is no sample, so the other alerts stay silent: this one says so.',
      look: [
        { tells: 'Whether the gateway says anything about itself', query: GATEWAY_METRICS.up.name },
        {
          tells: 'Whether its queue towards Prometheus was full before',
          query: `${GATEWAY_METRICS.queueSize.name}{exporter="prometheus_remote_write/amp"}`,
        },
      ],
      act: [
        '`kubectl get pods` and the gateway’s log: a crash, a full volume, or 403 from the workspace.',
        'Start it again. What is in its queue is merged; what programs have kept comes with their next run or drain.',
      ],
      quiet:
        'A day after the last total: then nobody can tell a gateway that was removed from one that is down.',
    },
  };
}

function lostBatches(queries: Queries): AlertDefinition {
  const lost = { window: '1h', by: ['cluster', 'reason'] } as const;
  return {
    uid: 'fab-lost-batches',
    title: 'FabLostBatches',
    expr: `${queries.increase(EPHEMETRY_METRICS.lostBatches, lost)} > 0`,
    for: '0s',
    lookBackSeconds: HOUR_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'batches of measurements were lost: {{ $labels.reason }}',
    description:
      'Totals are too low by what was in these batches. The reason says what happened: `rejected` by the Collector for ever, `expired` in a spool, `unsent` because disk and Collector both refused, `unreadable` because a process died while it wrote.',
    page: {
      means:
        'A program measured something that will never be in the totals. Spools count what they lose, and the next drain or instrumented run reports it: the loss itself may be older than the alert.',
      look: [
        {
          tells: 'How many, and why',
          query: `sum by (reason) (increase(${EPHEMETRY_METRICS.lostBatches.name}[1d]))`,
        },
        {
          tells: 'What the gateway refused meanwhile',
          query: `sum by (filter) (increase(${GATEWAY_METRICS.filteredPoints.name}[1d]))`,
        },
      ],
      act: [
        '`rejected`: the batches and the Collector’s answer are in the spool’s `rejected/` folder. Mend what sends them.',
        '`expired`: nothing drained this spool for longer than its limits. Run `ephemetry drain` after the Job, or raise the limits.',
        '`unsent`: the disk of the spool is full or read-only. Give it a directory that can be written.',
        '`unreadable`: at most one batch of a process that was killed in the middle of a write. Nothing to do.',
      ],
      quiet:
        'When no drain and no instrumented run follows on that spool: then nobody knows. A Job with a sidecar has no such spool.',
    },
  };
}

function refusedPoints(queries: Queries): AlertDefinition {
  const window = '1h';
  const filtered = queries.increaseOrFirst(GATEWAY_METRICS.filteredPoints, {
    window,
    by: ['cluster', 'filter'],
    where: { filter: REFUSING_FILTERS },
  });
  const overLimit = queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
    window,
    by: ['cluster'],
    where: { error: 'limit' },
  });
  return {
    uid: 'fab-refused-points',
    title: 'FabRefusedPoints',
    // One label for both, so that the summary can name the reason.
    expr: `${filtered} > 0 or label_replace(${overLimit} > 0, "filter", "series limit", "", "")`,
    for: '0s',
    lookBackSeconds: 2 * HOUR_SECONDS,
    urgency: 'ticket',
    component: 'delivery',
    summary: 'the gateway refused data points: {{ $labels.filter }}',
    description:
      'The gateway took batches and left points out of the totals, because they cannot be merged exactly. The name of the filter is the reason; `series limit` is more series than `GATEWAY_MAX_SERIES`.',
    page: {
      means:
        'Some program sends what cannot be added up: points without an identity, cumulative points, foreign histogram bounds, NaN, negative counts, or more series than the gateway keeps. Everything else stays exact.',
      look: [
        {
          tells: 'How many, by reason',
          query: `sum by (filter) (increase(${GATEWAY_METRICS.filteredPoints.name}[1h]))`,
        },
        {
          tells: 'How many over the limit of series',
          query: `sum(increase(${GATEWAY_METRICS.mergedPoints.name}{error="limit"}[1h]))`,
        },
      ],
      act: [
        '`filter/unidentified`, `filter/cumulative`: something other than @ephemetry/exporter sends to this gateway. Send it elsewhere.',
        '`filter/foreign_bounds`: an older or newer program has other histogram bounds. Bounds never change under one name.',
        '`series limit`: find the label that grows with "Series of fab" on the delivery board.',
      ],
      quiet:
        'When a gateway that refused within the last hour is restarted, and refuses again before its first scrape: that looks like what was there before.',
    },
  };
}
