/** Services, as probes find them, and the places that they are probed from. */
import { HEALTH_METRICS, SHARD_LABEL } from '@ephemetry/contract';
import type { AlertDefinition, AlertPage } from '../../../engine/alerts/alert.ts';
import type { RowScope } from '../rows/row-values.ts';
import { silence } from './silencing.ts';

/** A probe that is older says nothing: the prober may be gone, and that is no state of the target. */
const PROBED = '2m';
const DAY_SECONDS = 86_400;

/** All of them. */
export function serviceAlerts(scope: RowScope): readonly AlertDefinition[] {
  return [
    serviceDown(scope),
    serviceUnreachable(scope),
    vantagesIsolated(scope),
    vantageIsolated(scope),
    certificateExpiry(scope),
    certificateExpiresNow(scope),
  ];
}

/** Targets with a state by the last probe of a vantage. */
function targetsIn({ queries, clusterLabel }: RowScope, ...state: readonly string[]): string {
  const states = queries.series(HEALTH_METRICS.targetState, { state });
  const probed = `last_over_time(${queries.series(HEALTH_METRICS.lastProbe)}[${PROBED}])`;
  const keys = `target, vantage, ${SHARD_LABEL}, ${clusterLabel}`;
  // Of several gateway shards the one with the newest probe: another may still show the state before.
  const newest = `${probed} == on (target, vantage) group_left () max by (target, vantage) (${probed})`;
  return `(last_over_time(${states}[${PROBED}]) == 1 and on (${keys}) (${newest}))`;
}

/** Vantages that no witness of some network answers: 1 where that is so, 0 otherwise. */
function isolation({ queries }: RowScope, by = 'vantage'): string {
  return `max by (${by}) (last_over_time(${queries.series(HEALTH_METRICS.vantageIsolated)}[${PROBED}]))`;
}

const HEALTH = { lookBackSeconds: 600, service: 'quality', labels: { source: 'health' } } as const;

function serviceDown(scope: RowScope): AlertDefinition {
  const title = 'ServiceDown';
  return {
    ...HEALTH,
    uid: 'service-down',
    title,
    expr: `max by (target, class) (${targetsIn(scope, 'down')}) unless on (target) ${targetsIn(scope, 'up')}`,
    for: '5m',
    keepFiringFor: '2m',
    urgency: 'p0',
    component: 'health',
    summary: '{{ $labels.target }} is down',
    description:
      'A place that can tell says that {{ $labels.target }} is down, and none says that it is up, for 5 minutes.',
    page: {
      means:
        'It was heard and answered wrongly, it refused the connection, or it was silent while a witness of its network answers. A network that is cut is no cause: that is `unreachable`.',
      look: [
        {
          tells: 'Its state by each vantage',
          query: `${scope.queries.series(HEALTH_METRICS.targetState)} == 1`,
        },
      ],
      act: [
        '`ephemetry health check` on a vantage says what the probe finds, and why it is down.',
        'On its host: does the process run, and what are the last lines of its log?',
        'It runs and answers wrongly: look at what it needs (a provider, a database, a full disk) before you restart it.',
      ],
      quiet:
        'While one vantage still finds it up, for the first 5 minutes, and where only the network is cut.',
      closes: 'When a vantage finds it up, or none finds it down any more, and 2 minutes after that.',
      silence: silence(title, ['target']),
    },
  };
}

function serviceUnreachable(scope: RowScope): AlertDefinition {
  const title = 'ServiceUnreachable';
  const fromNotIsolated = `(${targetsIn(scope, 'unreachable')} unless on (vantage) ${isolation(scope)} == 1)`;
  return {
    ...HEALTH,
    uid: 'service-unreachable',
    title,
    expr: `max by (target, class) ${fromNotIsolated} unless on (target) ${targetsIn(scope, 'up', 'down')}`,
    for: '5m',
    keepFiringFor: '2m',
    urgency: 'p1',
    component: 'health',
    summary: 'nobody can tell whether {{ $labels.target }} is up',
    description:
      'No vantage has seen {{ $labels.target }} for 5 minutes, neither up nor down, and a vantage that is not isolated is among them.',
    page: {
      means:
        'The probes end before they reach it: a name that does not resolve, no route, no connection, and no witness that says whether its network is up. It may well work for its users.',
      look: [
        {
          tells: 'Its state by each vantage',
          query: `${scope.queries.series(HEALTH_METRICS.targetState)} == 1`,
        },
        { tells: 'Vantages that are isolated', query: `${isolation(scope, 'vantage, network')} == 1` },
      ],
      act: [
        '`ephemetry health check` on a vantage says at which step the probe ends.',
        'Resolve its name and reach another host of its network from there.',
        'Declare a witness of its network in `ephemetry.yaml`: then a probe can tell down from unreachable.',
      ],
      quiet: 'Where all that cannot see it are isolated: VantageIsolated says that.',
      closes: 'When a vantage sees it, up or down, and 2 minutes after that.',
      silence: silence(title, ['target']),
    },
  };
}

function isolationPage(scope: RowScope, title: string, labels: readonly string[], means: string): AlertPage {
  return {
    means,
    look: [
      {
        tells: 'By vantage and network: 1 where no witness answers',
        query: isolation(scope, 'vantage, network'),
      },
    ],
    act: [
      'Look at the vantage’s own connection first: its cable, its VPN, its name server.',
      'From another machine, reach a witness of that network. If it does not answer there either, the network is down, not the vantage.',
      'Witnesses that were switched off for good are to be replaced in `ephemetry.yaml`.',
    ],
    quiet: 'For a network without witnesses: nothing can be known of it.',
    closes: 'When a witness answers, and 2 minutes after that.',
    silence: silence(title, labels),
  };
}

function vantageIsolated(scope: RowScope): AlertDefinition {
  const title = 'VantageIsolated';
  return {
    ...HEALTH,
    uid: 'vantage-isolated',
    title,
    expr: `${isolation(scope, 'vantage, network')} == 1 unless on () min(${isolation(scope)}) == 1`,
    for: '2m',
    keepFiringFor: '2m',
    urgency: 'p2',
    component: 'health',
    summary: '{{ $labels.vantage }} is cut off from {{ $labels.network }}',
    description:
      'No witness of {{ $labels.network }} answers {{ $labels.vantage }}: what it cannot reach there is not down.',
    page: isolationPage(
      scope,
      title,
      ['vantage', 'network'],
      'The watcher’s own connection is cut, while another vantage still sees. Its targets in that network are `unreachable` from there, which raises no alert of theirs.',
    ),
  };
}

function vantagesIsolated(scope: RowScope): AlertDefinition {
  const title = 'VantagesIsolated';
  return {
    ...HEALTH,
    uid: 'vantages-isolated',
    title,
    expr: `min(${isolation(scope)}) == 1`,
    for: '2m',
    keepFiringFor: '2m',
    urgency: 'p1',
    component: 'health',
    summary: 'every vantage is cut off: nobody watches',
    description: 'No witness answers any vantage. What is down meanwhile is not seen.',
    page: isolationPage(
      scope,
      title,
      [],
      'All vantages are isolated, so that nothing is known of any service. It fires alone: VantageIsolated and ServiceUnreachable are inhibited.',
    ),
  };
}

/** Seconds until the certificate of a target expires, by the vantage that sees the oldest. */
export function certificateSeconds({ queries }: RowScope): string {
  return `min by (target) (last_over_time(${queries.series(HEALTH_METRICS.certificateExpiry)}[1h])) - time()`;
}

function certificateAlert(
  scope: RowScope,
  days: number,
  names: Pick<AlertDefinition, 'uid' | 'title' | 'urgency'>,
): AlertDefinition {
  return {
    ...HEALTH,
    ...names,
    expr: `${certificateSeconds(scope)} < ${days * DAY_SECONDS}`,
    for: '10m',
    keepFiringFor: '10m',
    component: 'health',
    summary: 'the certificate of {{ $labels.target }} expires in {{ $value | humanizeDuration }}',
    description: `The certificate that {{ $labels.target }} presents expires within ${days} days. After that nobody connects who checks it.`,
    page: {
      means: `The certificate that a probe was shown expires within ${days} days, or has expired. What renews it did not run, or the service still presents the old one.`,
      look: [
        {
          tells: 'Days that each certificate is still valid',
          query: `(${certificateSeconds(scope)}) / ${DAY_SECONDS}`,
        },
      ],
      act: [
        'Look whether the new certificate is there already, and the service only has to be reloaded.',
        'Look at what renews it: its log, its timer, the challenge that it answers.',
        'Renew it by hand if less than a day is left.',
      ],
      quiet: 'For targets without TLS, and while no probe of it arrives.',
      closes: 'When a probe is shown a certificate that is valid for longer, and 10 minutes after that.',
      silence: silence(names.title, ['target']),
    },
  };
}

function certificateExpiry(scope: RowScope): AlertDefinition {
  return certificateAlert(scope, 14, {
    uid: 'certificate-expiry',
    title: 'CertificateExpiry',
    urgency: 'p3',
  });
}

function certificateExpiresNow(scope: RowScope): AlertDefinition {
  return certificateAlert(scope, 3, {
    uid: 'certificate-expiry-critical',
    title: 'CertificateExpiryCritical',
    urgency: 'p1',
  });
}
