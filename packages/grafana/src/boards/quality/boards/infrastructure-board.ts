/** "Infrastructure": the hosts that everything runs on, and what runs on them. */
import { HOST_METRICS } from '@ephemetry/contract';
import { CHART, WINDOW, windowVariable } from '../../../engine/dashboards/conventions.ts';
import type { ResolvedGrafanaOptions } from '../../../engine/grafana-options.ts';
import type { DashboardDefinition, PanelDefinition, RowDefinition } from '../../../engine/panels/panel.ts';
import { createQueries, type Queries } from '../../../engine/promql/queries.ts';
import { realFileSystems } from '../rows/row-values.ts';
import { QUALITY_TAGS, rowPanel } from './row-panels.ts';

const EMPTY = 'no host was scraped in this range';
/** No disk fills in the way of a year ago. */
const LONGEST_DAYS = 365;

/** The definition under these options. */
export function infrastructureBoard({ clusterLabel, store }: ResolvedGrafanaOptions): DashboardDefinition {
  const queries = createQueries({ clusterLabel, variables: { host: 'host' }, store });
  return {
    uid: 'infrastructure',
    title: 'Infrastructure',
    purpose: 'The hosts that everything runs on, and what runs on them.',
    tags: QUALITY_TAGS,
    range: '24h',
    judge: 'prometheus',
    variables: [
      { kind: 'label', name: 'host', query: `label_values(${HOST_METRICS.memoryTotal.name}, host)` },
      windowVariable(),
    ],
    rows: [headRow(queries), loadRow(queries), trafficRow(queries), processRow(queries)],
  };
}

function headRow(queries: Queries): RowDefinition {
  const available = queries.series(HOST_METRICS.fileSystemAvailable);
  // Of one that shrinks: how long the way of the last day goes on.
  const days = `${available} / -(deriv(${available}[1d]) < 0) / 86400`;
  return {
    title: 'Targets',
    size: { width: 12, height: 6 },
    panels: [
      rowPanel('memory_usage', ['host']),
      rowPanel('disk_usage', ['host']),
      {
        kind: 'bargauge',
        title: 'Days until a disk is full',
        question: `If each disk fills as it did in the last day, how long does it last? The 6 fullest, of those below ${LONGEST_DAYS} days.`,
        whenRed: 'Red: three days. Find what grows: `du` on the host.',
        queries: [
          {
            expr: `sort(bottomk(6, min by (host, device) (${realFileSystems(queries, days)}) < ${LONGEST_DAYS}))`,
            legend: '{{host}} {{device}}',
          },
        ],
        unit: 'short',
        decimals: 0,
        min: 0,
        thresholds: [
          { color: 'red', value: null },
          { color: 'orange', value: 3 },
          { color: 'green', value: 14 },
        ],
        empty: 'no disk fills within a year, or no host was scraped for a day',
        alert: 'disk-usage-high',
      },
      {
        kind: 'bargauge',
        title: 'Time since the last start',
        question: 'Which host was restarted? The 6 newest first.',
        whenRed: 'A host that nobody restarted: look at the end of its log before that.',
        queries: [
          {
            expr: `sort(bottomk(6, time() - max by (host) (${queries.series(HOST_METRICS.bootTime)})))`,
            legend: '{{host}}',
          },
        ],
        unit: 's',
        min: 0,
        thresholds: [
          { color: 'orange', value: null },
          { color: 'green', value: 3600 },
        ],
        empty: EMPTY,
        alert: 'host-report-missing',
      },
    ],
  };
}

/** A line for each host. */
function chart(
  title: string,
  question: string,
  whenRed: string,
  expr: string,
  {
    unit,
    legend = '{{host}}',
    alert = 'host-report-missing',
    ...more
  }: Pick<PanelDefinition, 'unit'> &
    Partial<Pick<PanelDefinition, 'max' | 'thresholds' | 'empty' | 'alert'>> & { readonly legend?: string },
): PanelDefinition {
  return {
    kind: 'timeseries',
    drawn: expr.includes(WINDOW) ? 'points' : 'line',
    title,
    question,
    whenRed,
    queries: [{ expr, legend }],
    unit,
    min: 0,
    empty: EMPTY,
    alert,
    ...more,
  };
}

function loadRow(queries: Queries): RowDefinition {
  const cpu = (mode: string): string =>
    `sum by (host) (rate(${queries.series(HOST_METRICS.cpu, { mode })}[${WINDOW}]))`;
  const all = `sum by (host) (rate(${queries.series(HOST_METRICS.cpu)}[${WINDOW}]))`;
  const total = queries.series(HOST_METRICS.memoryTotal);
  return {
    title: 'Load',
    size: CHART,
    panels: [
      chart(
        'Load by host',
        'How many processes run or wait, over 5 minutes?',
        'More than the host has processors: some wait. With a processor that is idle they wait for a disk.',
        `max by (host) (${queries.series(HOST_METRICS.load)})`,
        { unit: 'short' },
      ),
      chart(
        'Processor busy by host',
        'Which share of its processors is busy?',
        'Near 100 % for long: see below which group of processes takes it.',
        `1 - ${cpu('idle')} / ${all}`,
        { unit: 'percentunit', max: 1 },
      ),
      chart(
        'Memory used by host',
        'Does the memory of a host fill?',
        'A line that only rises is a leak: see below which group of processes grows.',
        `max by (host) (1 - ${queries.series(HOST_METRICS.memoryAvailable)} / ${total})`,
        { unit: 'percentunit', max: 1, alert: 'memory-usage-high' },
      ),
      chart(
        'Disk used by file system',
        'Does a disk fill?',
        'A step is a copy or a build; a slope is a log or a database.',
        `max by (host, device) (${realFileSystems(
          queries,
          `1 - ${queries.series(HOST_METRICS.fileSystemAvailable)} / (${queries.series(HOST_METRICS.fileSystemSize)} - ${queries.series(HOST_METRICS.fileSystemFree)} + ${queries.series(HOST_METRICS.fileSystemAvailable)})`,
        )})`,
        { unit: 'percentunit', max: 1, legend: '{{host}} {{device}}', alert: 'disk-usage-high' },
      ),
    ],
  };
}

function trafficRow(queries: Queries): RowDefinition {
  const disk = `sum by (host) (rate(${queries.series(HOST_METRICS.diskRead)}[${WINDOW}]) + rate(${queries.series(HOST_METRICS.diskWritten)}[${WINDOW}]))`;
  const network = ([HOST_METRICS.networkReceived, HOST_METRICS.networkSent] as const)
    .map((metric) => `rate(${queries.series(metric)}[${WINDOW}])`)
    .join(' + ');
  return {
    title: 'Disk and network',
    size: CHART,
    panels: [
      chart(
        'Disk traffic by host',
        'How much does each host read and write?',
        'High with a high load and an idle processor: the disk is what is waited for.',
        disk,
        { unit: 'Bps' },
      ),
      chart(
        'Network traffic by host',
        'How much does each host send and receive?',
        'A host that sends more than it ever did: see what runs on it.',
        `sum by (host) (${network})`,
        { unit: 'Bps' },
      ),
    ],
  };
}

function processRow(queries: Queries): RowDefinition {
  const empty = 'process exporter was not scraped in this range';
  const legend = '{{groupname}} on {{host}}';
  return {
    title: 'Groups of processes',
    size: CHART,
    panels: [
      chart(
        'Processor by group',
        'How many processors does each group of processes keep busy? The 10 busiest.',
        'One that was idle before: look at its log since then.',
        `topk(10, sum by (host, groupname) (rate(${queries.series(HOST_METRICS.processCpu)}[${WINDOW}])))`,
        { unit: 'short', legend, empty, alert: 'exporter-down' },
      ),
      chart(
        'Memory by group',
        'How much memory does each group of processes hold? The 10 largest.',
        'One that only grows leaks: restart it, and keep a heap profile before.',
        `topk(10, max by (host, groupname) (${queries.series(HOST_METRICS.processMemory, { memtype: 'resident' })}))`,
        { unit: 'bytes', legend, empty, alert: 'memory-usage-high' },
      ),
    ],
  };
}
