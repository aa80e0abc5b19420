/** The alert group `command-alerts`: a command that fails more often than it used to, and one that did not end well in time. */
import { COMMAND_METRICS } from '@ephemetry/contract';
import type { AlertDefinition, AlertGroupDefinition } from '../../engine/alerts/alert.ts';
import type { ResolvedGrafanaOptions } from '../../engine/grafana-options.ts';
import { createQueries, type Queries } from '../../engine/promql/queries.ts';

/** A command that the deployment declares, and how often it should end well. */
export interface ExpectedCommand {
  readonly name: string;
  readonly everySeconds: number;
}

const DAY_SECONDS = 86_400;
/** Runs in a day below which a share of failures means nothing. */
const MINIMUM_RUNS = 10;
/** Of a normal distribution: 99 of 100 shares that only chance moved are below. */
const Z = 2.33;
const Z_SQUARED = 5.43;
const FAILED = ['failure', 'signal', 'not_started'] as const;

/** The group under these options. */
export function commandAlerts(
  options: ResolvedGrafanaOptions,
  expected: readonly ExpectedCommand[],
): AlertGroupDefinition {
  const { clusterLabel, store } = options;
  const queries = createQueries({ clusterLabel, variables: {}, store });
  return {
    name: 'command-alerts',
    intervalSeconds: 60,
    alerts: [
      commandFails(queries),
      ...(expected.length === 0 ? [] : [commandLate(queries, options, expected)]),
    ],
  };
}

/**
 * One end of Wilson's interval of a share (https://doi.org/10.1080/01621459.1927.10502953): what chance alone makes of it
 * is not far above its upper end, and not far below its lower one.
 */
function endOfInterval(part: string, whole: string, end: 'lower' | 'upper'): string {
  const share = `(${part}) / (${whole})`;
  const spread = `sqrt(${share} * (1 - ${share}) / (${whole}) + ${Z_SQUARED} / (4 * (${whole}) ^ 2))`;
  const sign = end === 'lower' ? '-' : '+';
  return `(${share} + ${Z_SQUARED} / (2 * (${whole})) ${sign} ${Z} * ${spread}) / (1 + ${Z_SQUARED} / (${whole}))`;
}

/** A day against the 30 days before it: their intervals must not meet, so that one failure more is no alert. */
function commandFails(queries: Queries): AlertDefinition {
  const counted = (window: string, offset: string | undefined): readonly [failed: string, all: string] => {
    const of = { window, by: ['cluster', 'command'] as const, offset };
    const all = queries.increase(COMMAND_METRICS.runs, of);
    // A command without a failure has no series of failures.
    const failed = `${queries.increase(COMMAND_METRICS.runs, { ...of, where: { outcome: FAILED } })} or ${all} * 0`;
    return [failed, `${all} >= ${MINIMUM_RUNS}`];
  };
  const lower = endOfInterval(...counted('1d', undefined), 'lower');
  const month = endOfInterval(...counted('30d', '1d'), 'upper');
  return {
    uid: 'command-fails',
    title: 'CommandFails',
    expr: `${lower} > ${month}`,
    for: '10m',
    lookBackSeconds: 31 * DAY_SECONDS,
    urgency: 'ticket',
    service: 'commands',
    component: 'runs',
    summary: '{{ $labels.command }} fails more often than in its own month',
    description:
      'More of the runs of {{ $labels.command }} failed in the last day than in the 30 days before it, and by more than chance makes likely.',
    page: {
      means: `Its failures of a day, of ${MINIMUM_RUNS} runs or more, are compared with its own month. The lower end of the day’s interval, one-sided with 99 %, must be above the upper end of the month’s, so that one failure more is no alert. Killed runs and those that could not start are failures; \`unknown\` is not.`,
      look: [
        {
          tells: 'Runs of a day by how they ended',
          query: queries.increase(COMMAND_METRICS.runs, { window: '1d', by: ['command', 'outcome'] }),
        },
        {
          tells: 'Its last exit code',
          query: `max by (command) (${queries.series(COMMAND_METRICS.lastExitCode)})`,
        },
      ],
      act: [
        'Read the log of a run that failed. 137 was killed, often for memory; 127 was not found.',
        'Look at what changed in the last day: the command, its machine, what it talks to.',
      ],
      quiet: `With fewer than ${MINIMUM_RUNS} runs in the day or in the month, and for a command that fails as often as it always did.`,
    },
  };
}

function commandLate(
  queries: Queries,
  { clusterLabel }: ResolvedGrafanaOptions,
  expected: readonly ExpectedCommand[],
): AlertDefinition {
  const success = (name: string): string => queries.series(COMMAND_METRICS.lastSuccess, { command: name });
  const late = expected.map(
    ({ name, everySeconds }) =>
      `time() - max by (${clusterLabel}, command) (${success(name)}) > ${everySeconds}`,
  );
  // One that never ended well has no series.
  const never = expected.map(({ name }) => `absent(${success(name)})`);
  return {
    uid: 'command-late',
    title: 'CommandLate',
    expr: [...late, ...never].join(' or '),
    for: '10m',
    lookBackSeconds: 600,
    urgency: 'ticket',
    service: 'commands',
    component: 'runs',
    summary: '{{ $labels.command }} did not end well in time',
    description:
      'ephemetry.yaml says how often {{ $labels.command }} should end well, and its last success is longer ago, or there is none.',
    page: {
      means:
        'Each command that `commands` of ephemetry.yaml declares has its own `every`. It is late when it did not run, when it failed, and when what it measured does not arrive.',
      look: [
        {
          tells: 'Seconds since the last success of each command',
          query: `time() - max by (command) (${queries.series(COMMAND_METRICS.lastSuccess)})`,
        },
        {
          tells: 'Seconds since the last run: about the same when it runs and ends well',
          query: `time() - max by (command) (${queries.series(COMMAND_METRICS.lastRun)})`,
        },
      ],
      act: [
        'It did not run: look at what starts it, the crontab, the timer, the CronJob.',
        'It ran and failed: read its log; `command_last_exit_code` has its exit code.',
        'It ran and ended well: `ephemetry status` on its machine says what waits in the spool.',
      ],
      quiet:
        'For commands that ephemetry.yaml does not declare, and ten minutes after each restart of whoever judges the rule.',
    },
  };
}
