/** The stack about itself: who watches must say when it is blind, deaf or mute. */
import { STACK_METRICS } from '@ephemetry/contract';
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import type { RowScope } from '../rows/row-values.ts';
import { silence } from './silencing.ts';

/** Prometheus writes a block every two hours; two of them late is a fault. */
const ARCHIVE_SECONDS = 6 * 3600;

/** A sidecar that was started again knows of no upload before: the last one is remembered for so long. */
const ARCHIVE_REMEMBERED = '14d';

/** The scrape of `ephemetry alerts gitea`. */
const RECEIVER_JOB = 'ephemetry-alerts';

/** All of them, the watchdog included. */
export function stackAlerts(scope: RowScope): readonly AlertDefinition[] {
  return [
    watchdog(),
    exporterDown(scope),
    rulesFail(scope),
    configurationRefused(scope),
    alertsDropped(scope),
    notificationsFail(scope),
    receiverDown(scope),
    archiveLate(scope),
  ];
}

const STACK = {
  service: 'quality',
  component: 'stack',
  labels: { source: 'stack' },
  lookBackSeconds: 3600,
} as const;

function watchdog(): AlertDefinition {
  const title = 'Watchdog';
  return {
    ...STACK,
    uid: 'watchdog',
    title,
    expr: 'vector(1)',
    for: '0s',
    urgency: 'none',
    summary: 'alerts are judged, and arrive',
    description:
      'It always fires. Whoever watches the watcher takes its absence for a fault: `ephemetry alerts gitea` files an issue when it was missing for 10 minutes.',
    page: {
      means:
        'An alert that always fires shows that Prometheus judges rules and that Alertmanager has them. An issue with this name says that it is missing: no alert of any kind arrives.',
      look: [{ tells: 'Whether Prometheus has it', query: 'ALERTS{alertname="Watchdog"}' }],
      act: [
        'Is Prometheus up, and does it judge its rules? Its page `/rules` says when it last did.',
        'Is Alertmanager up, and does Prometheus reach it? `/status` of Prometheus lists it.',
        'Start what is down again; nothing else is told until then.',
      ],
      quiet: 'Never.',
      closes: 'The issue closes when the alert is back.',
      silence:
        'A silence of Watchdog changes nothing: nobody is told while it fires, and its issue is opened when it is missing. While you work on Prometheus, run `ephemetry alerts gitea` with `--watchdog none`.',
    },
  };
}

function exporterDown({ queries }: RowScope): AlertDefinition {
  const title = 'ExporterDown';
  return {
    ...STACK,
    uid: 'exporter-down',
    title,
    expr: `max by (job, instance, host) (${queries.series(STACK_METRICS.scrape)}) == 0`,
    for: '5m',
    keepFiringFor: '2m',
    urgency: 'p2',
    component: 'exporter',
    summary: 'Prometheus cannot scrape {{ $labels.job }} at {{ $labels.instance }}',
    description: 'No scrape of {{ $labels.job }} at {{ $labels.instance }} has worked for 5 minutes.',
    page: {
      means:
        'What this exporter measures is unknown meanwhile; rows that need it have no value after a while.',
      look: [{ tells: 'Scrapes that fail', query: `${queries.series(STACK_METRICS.scrape)} == 0` }],
      act: [
        'The page `/targets` of Prometheus says why: refused, timed out, not authorized, not readable.',
        'Start the exporter again, and read its log if it ends again.',
        'Remove the scrape if the exporter is gone for good.',
      ],
      quiet: 'For what is not scraped but sends: HostReportMissing and the others see that.',
      closes: 'When a scrape works, and 2 minutes after that.',
      silence: silence(title, ['job', 'instance']),
    },
  };
}

function rulesFail({ queries }: RowScope): AlertDefinition {
  const title = 'RulesFail';
  const failures = queries.increase(STACK_METRICS.ruleFailures, { window: '10m', by: ['rule_group'] });
  return {
    ...STACK,
    uid: 'rules-fail',
    title,
    expr: `${failures} > 0`,
    for: '5m',
    keepFiringFor: '10m',
    urgency: 'p1',
    summary: 'rules of {{ $labels.rule_group }} cannot be evaluated',
    description: 'Prometheus failed to evaluate rules: their alerts are not judged.',
    page: {
      means: 'A rule that fails raises no alert, whatever its series say.',
      look: [{ tells: 'Failures of 10 minutes by group', query: failures }],
      act: [
        'The page `/rules` of Prometheus shows the error beside the rule.',
        'Two series with the same labels, a limit of samples, a disk that is full: the message says which.',
        'Write the rules anew with `ephemetry boards export` if somebody edited them.',
      ],
      quiet: 'While Prometheus itself is down: the watchdog is for that.',
      closes: '10 minutes after the last failure has left the window of 10 minutes.',
      silence: silence(title, ['rule_group']),
    },
  };
}

function configurationRefused({ queries }: RowScope): AlertDefinition {
  const title = 'ConfigurationRefused';
  const loaded = [STACK_METRICS.prometheusReload, STACK_METRICS.alertmanagerReload]
    .map((metric) => queries.series(metric))
    .join(' or ');
  return {
    ...STACK,
    uid: 'configuration-refused',
    title,
    expr: `(${loaded}) == 0`,
    for: '5m',
    keepFiringFor: '2m',
    urgency: 'p1',
    summary: '{{ $labels.job }} refused its configuration',
    description: '{{ $labels.job }} still runs with the configuration before. A restart would not start.',
    page: {
      means:
        'Somebody changed a file, and it was refused when it was read. What was changed does not hold, and the next restart fails.',
      look: [{ tells: '0 where it was refused', query: loaded }],
      act: [
        'The log says in which line. `promtool check config` and `amtool check-config` say it as well.',
        'Mend the file, and have it read again: `curl -X POST` to `/-/reload`.',
        'Or put the file before back.',
      ],
      quiet: 'While the program is down.',
      closes: 'When it was read, and 2 minutes after that.',
      silence: silence(title, ['job']),
    },
  };
}

function alertsDropped({ queries }: RowScope): AlertDefinition {
  const title = 'AlertsDropped';
  const dropped = queries.increase(STACK_METRICS.droppedNotifications, { window: '10m' });
  return {
    ...STACK,
    uid: 'alerts-dropped',
    title,
    expr: `${dropped} > 0`,
    for: '2m',
    keepFiringFor: '10m',
    urgency: 'p1',
    summary: 'Prometheus cannot hand its alerts to Alertmanager',
    description: 'Alerts were dropped: no Alertmanager took them.',
    page: {
      means:
        'Alertmanager is down, or too slow. This alert may be dropped as well: the watchdog is the one that cannot be.',
      look: [{ tells: 'Alerts dropped in 10 minutes', query: dropped }],
      act: [
        'Start Alertmanager again, and read its log.',
        'Look whether Prometheus has its address: the page `/status`.',
        'Nothing is lost: Prometheus hands each alert that still fires over again every minute.',
      ],
      quiet: 'While nothing fires: the watchdog always does.',
      closes: '10 minutes after the last one was dropped and the window of 10 minutes is over.',
      silence: silence(title, []),
    },
  };
}

function notificationsFail({ queries }: RowScope): AlertDefinition {
  const title = 'NotificationsFail';
  const failed = queries.increase(STACK_METRICS.failedNotifications, { window: '10m', by: ['integration'] });
  return {
    ...STACK,
    uid: 'notifications-fail',
    title,
    expr: `${failed} > 0`,
    // The receiver of issues answers 503 beyond its limit of an hour, and is asked again.
    for: '15m',
    keepFiringFor: '10m',
    urgency: 'p1',
    summary: 'Alertmanager cannot deliver by {{ $labels.integration }}',
    description: 'Notifications by {{ $labels.integration }} have failed for 15 minutes.',
    page: {
      means: 'Who should be told this way is not. The other ways still work.',
      look: [{ tells: 'Failures of 10 minutes', query: failed }],
      act: [
        'The log of Alertmanager has the answer: a token that was revoked, a chat that the bot left, a mail server that refuses.',
        'For `webhook`: is `ephemetry alerts gitea` up, and does Gitea answer it? Its log and its `/metrics` say.',
        'Mend it; Alertmanager repeats what still fires.',
      ],
      quiet: 'For failures that end within 15 minutes: Alertmanager repeats them by itself.',
      closes: '10 minutes after the last failure has left the window of 10 minutes.',
      silence: silence(title, ['integration']),
    },
  };
}

function receiverDown({ queries }: RowScope): AlertDefinition {
  const title = 'IssueReceiverDown';
  const up = queries.series(STACK_METRICS.scrape, { job: RECEIVER_JOB });
  return {
    ...STACK,
    uid: 'issue-receiver-down',
    title,
    expr: `max(${up}) == 0`,
    for: '5m',
    keepFiringFor: '2m',
    urgency: 'p1',
    summary: 'no alert becomes an issue: the receiver is down',
    description: '`ephemetry alerts gitea` could not be scraped for 5 minutes.',
    page: {
      means:
        'No issue is filed, changed or closed. Alertmanager keeps what it could not deliver and repeats it.',
      look: [{ tells: 'Whether it can be scraped', query: up }],
      act: [
        'Start `ephemetry alerts gitea` again: it has no state, and finds its issues by itself.',
        'It ends at once: its message names what is wrong, a token, a repository, a right.',
        'It runs: look whether Prometheus has its address.',
      ],
      quiet: 'Where nothing scrapes it under the job `ephemetry-alerts`.',
      closes: 'When a scrape works, and 2 minutes after that.',
      silence: silence(title, []),
    },
  };
}

function archiveLate({ queries }: RowScope): AlertDefinition {
  const title = 'ArchiveLate';
  const time = queries.series(STACK_METRICS.archivedTime);
  const uploaded = `max_over_time(${time}[${ARCHIVE_REMEMBERED}])`;
  const age = `time() - max by (job) (${uploaded} > 0)`;
  const before = `last_over_time(${time}[1h] offset ${ARCHIVE_SECONDS}s)`;
  // 0 is no time: nothing was uploaded for as long at least as it has been there.
  const never = `(max by (job) (${uploaded}) == 0 and max by (job) (${before})) + ${ARCHIVE_SECONDS}`;
  return {
    ...STACK,
    uid: 'archive-late',
    title,
    expr: `${age} > ${ARCHIVE_SECONDS} or ${never}`,
    for: '15m',
    keepFiringFor: '10m',
    urgency: 'p1',
    summary: 'nothing has been archived for {{ $value | humanizeDuration }}',
    description:
      'Thanos has uploaded no block for 6 hours. What Prometheus removes after its retention would be lost.',
    page: {
      means:
        'Prometheus writes a block every two hours, and the sidecar uploads it. Blocks stay in Prometheus for its retention, so there is time.',
      look: [{ tells: 'Seconds since the last upload', query: age }],
      act: [
        'The log of the sidecar says why: a bucket that refuses, a key that was revoked, no space.',
        'Look whether Prometheus writes blocks at all: a new one every two hours in its data directory.',
        'Mend it well before the retention is over; the sidecar uploads what it missed.',
      ],
      quiet: 'In the first 6 hours, and where there is no archive. A restart of the sidecar ends nothing.',
      closes: 'With the next upload, and 10 minutes after that.',
      silence: silence(title, []),
    },
  };
}
