/** "Commands": how often commands run, how they end, how long they take and what they need. */
import { COMMAND_METRICS } from '@ephemetry/contract';
import {
  CHART,
  COUNTS,
  clusterVariable,
  READINGS,
  WINDOW,
  windowVariable,
} from '../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../engine/grafana-options.ts';
import type {
  DashboardDefinition,
  PanelColor,
  PanelDefinition,
  RowDefinition,
} from '../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../engine/promql/queries.ts';

const EMPTY = 'no runs of commands in this range';
const OUTCOME_COLORS: Readonly<Record<string, PanelColor>> = {
  success: 'green',
  failure: 'red',
  signal: 'orange',
  not_started: 'purple',
  unknown: 'text',
};
const QUANTILE_COLORS: Readonly<Record<string, PanelColor>> = { p50: 'blue', p95: 'purple', p99: 'orange' };

/** The definition under these options. */
export function commandsBoard({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({
    clusterLabel,
    variables: { [clusterLabel]: 'cluster', command: 'command' },
    store,
  });
  return {
    uid: 'commands',
    title: 'Commands',
    purpose: 'How often commands run, how they end, how long they take and what they need.',
    tags: ['ephemetry', 'commands'],
    variables: [
      clusterVariable(clusterLabel, COMMAND_METRICS.runs.name),
      {
        kind: 'label',
        name: 'command',
        query: `label_values(${COMMAND_METRICS.runs.name}{${clusterLabel}=~"$cluster"}, command)`,
      },
      windowVariable(),
    ],
    rows: [runsRow(queries), timeRow(queries), needsRow(queries)],
  };
}

function runsRow(queries: Queries): RowDefinition {
  const runs = (by: 'command' | 'outcome'): string =>
    `${queries.increase(COMMAND_METRICS.runs, { window: WINDOW, by: [by] })} > 0`;
  const failures = queries.increase(COMMAND_METRICS.runs, {
    window: WINDOW,
    by: ['command'],
    where: { outcome: ['failure', 'signal', 'not_started'] },
  });
  const all = queries.increase(COMMAND_METRICS.runs, { window: WINDOW, by: ['command'] });
  // A command without a failure has no series of failures: its runs say 0 %. For deltas `share` says it.
  const failed = queries.store === 'prometheus' ? `(${failures} or ${all} * 0)` : failures;
  return {
    title: 'Runs',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Runs by command',
        question: 'Which commands ran in each window, and how often?',
        whenRed: 'A command that stops: see when it ran last, below, then look at what starts it.',
        queries: [{ expr: runs('command'), legend: '{{command}}' }],
        empty: EMPTY,
        alert: 'command-late',
      },
      {
        ...COUNTS,
        title: 'Runs by outcome',
        question: 'How did the runs of each window end?',
        whenRed:
          '`failure`: an exit code other than 0. `signal`: killed, often for memory or by a time-out. `not_started`: not found or not executable. `unknown`: the wrapper was killed too, so nobody saw the end.',
        queries: [{ expr: runs('outcome'), legend: '{{outcome}}' }],
        colors: OUTCOME_COLORS,
        empty: EMPTY,
      },
      {
        ...READINGS,
        title: 'Share of runs that failed',
        question: 'Which command fails, and how often?',
        whenRed: 'Compare it with "Last exit code" and with the log of that run.',
        queries: [{ expr: queries.share(failed, all), legend: '{{command}}' }],
        unit: 'percentunit',
        max: 1,
        empty: EMPTY,
        alert: 'command-fails',
      },
      {
        ...lastPanel('Last exit code', 'With which exit code did each command end last?', 'short', {
          expr: latest(queries, COMMAND_METRICS.lastExitCode),
          whenRed: '128 and more is a signal: 137 was killed, often for memory; 143 was asked to end.',
        }),
        // A code is no amount: any but 0 fills the bar.
        max: 1,
        thresholds: [
          { color: 'green', value: null },
          { color: 'red', value: 1 },
        ],
      },
    ],
  };
}

function timeRow(queries: Queries): RowDefinition {
  return {
    title: 'Time',
    size: CHART,
    panels: [
      {
        ...READINGS,
        title: 'Duration p50, p95, p99',
        question: 'How long do runs take, over all that is chosen above?',
        whenRed: 'Choose a command above. A p99 that leaves the p50 behind is single runs that hang.',
        queries: ([0.5, 0.95, 0.99] as const).map((quantile) => ({
          expr: queries.quantile(quantile, COMMAND_METRICS.duration, { window: WINDOW }),
          legend: `p${quantile * 100}`,
        })),
        colors: QUANTILE_COLORS,
        unit: 's',
        empty: EMPTY,
      },
      {
        ...READINGS,
        title: 'Duration p95 by command',
        question: 'Which command is slow?',
        whenRed: 'Compare it with its processor time: the same time with less of it is waiting.',
        queries: [
          {
            expr: queries.quantile(0.95, COMMAND_METRICS.duration, { window: WINDOW, by: ['command'] }),
            legend: '{{command}}',
          },
        ],
        unit: 's',
        empty: EMPTY,
      },
      lastPanel('Time since the last run', 'How long ago did each command run last?', 's', {
        expr: `time() - ${latest(queries, COMMAND_METRICS.lastRun)}`,
        whenRed: 'Look at what starts it: the schedule, the machine, the branch.',
      }),
      lastPanel('Time since the last success', 'How long ago did each command end well?', 's', {
        expr: `time() - ${latest(queries, COMMAND_METRICS.lastSuccess)}`,
        whenRed: 'Longer than the time since the last run: it runs, and fails.',
      }),
    ],
  };
}

function needsRow(queries: Queries): RowDefinition {
  return {
    title: 'What they need',
    size: CHART,
    panels: [
      {
        ...COUNTS,
        title: 'Processor time by command',
        question: 'How many seconds of processor time did each command take?',
        whenRed: 'More than its duration: it works on several cores at once.',
        queries: [
          {
            expr: `${queries.increase(COMMAND_METRICS.cpu, { window: WINDOW, by: ['command'] })} > 0`,
            legend: '{{command}}',
          },
        ],
        unit: 's',
        empty: 'no processor time in this range: it is read on Linux',
      },
      {
        ...READINGS,
        title: 'Peak memory p95 by command',
        question: 'How much memory do commands hold at their peak?',
        whenRed: 'Near the limit of its container, the next run may be killed: see exit code 137.',
        queries: [
          {
            expr: queries.quantile(0.95, COMMAND_METRICS.memoryPeak, { window: WINDOW, by: ['command'] }),
            legend: '{{command}}',
          },
        ],
        unit: 'bytes',
        empty: 'no memory in this range: it is read on Linux, of runs of 100 ms and more',
      },
    ],
  };
}

function latest(
  queries: Queries,
  metric: (typeof COMMAND_METRICS)['lastRun' | 'lastSuccess' | 'lastExitCode'],
): string {
  return `max by (command) (${queries.series(metric)})`;
}

/** Of one moment, a bar for each command; the one to look at first stands first. */
function lastPanel(
  title: string,
  question: string,
  unit: string,
  { expr, whenRed }: { readonly expr: string; readonly whenRed: string },
): PanelDefinition {
  return {
    kind: 'bargauge',
    title,
    question,
    whenRed,
    queries: [{ expr: `sort_desc(${expr})`, legend: '{{command}}' }],
    unit,
    min: 0,
    empty: EMPTY,
  };
}
