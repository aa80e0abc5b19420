/** A source that stopped: its rows have no value, and this says so instead of 0 %. */
import type { AlertDefinition } from '../../../engine/alerts/alert.ts';
import { QUALITY_ROWS } from '../rows/quality-rows.ts';
import { aged, SOURCE_NAMES, SOURCES, type SourceName, type SuiteAge, timestampOf } from '../rows/sources.ts';
import { silence } from './silencing.ts';

const ACT: Readonly<Record<SourceName, readonly string[]>> = {
  tests: [
    'Look whether the suite ran: its CI job, its schedule.',
    'It ran: look for the step that reports, `ephemetry tests report`; its log says what it sent and to where.',
    'It was sent: `ephemetry status` on that machine says what waits, and the gateway’s board whether it arrives.',
  ],
  coverage: [
    'Look whether the job of the suite that measures coverage still runs.',
    'Look whether its report has a coverage file: `ephemetry tests report` says which files it read.',
    'A suite that measures no coverage any more: silence it for 14 days, then it is forgotten.',
  ],
  forge: [
    'Look at the log of `ephemetry gitea serve`, or of the job that runs `ephemetry gitea push`.',
    'Look whether the forge answers: `forge_requests_total` by outcome.',
    'A token that was revoked answers 4xx: make a new one, and put it where the old one was.',
  ],
  health: [
    'Look whether the prober runs on that machine: `ephemetry health serve`, or the timer of `ephemetry health push`.',
    'Look whether the machine itself is up, and whether what it measures arrives: HostReportMissing, ExporterDown.',
    'A vantage that was removed: silence it for 14 days, then it is forgotten.',
  ],
  host: [
    'Look whether the host is up, from another one of its network.',
    'It is up: look whether node exporter runs, and whether Prometheus reaches it: `up{job="node"}`.',
    'It was removed: silence it for 14 days, then it is forgotten.',
  ],
};

/** One of each source. */
export function missingReports(suites: readonly SuiteAge[]): readonly AlertDefinition[] {
  return SOURCE_NAMES.map((name) => missingReport(name, suites));
}

function missingReport(name: SourceName, suites: readonly SuiteAge[]): AlertDefinition {
  const { title, subject, maxAgeSeconds, missing } = SOURCES[name];
  const [label] = subject;
  const rows = QUALITY_ROWS.filter(({ source }) => source === name).map((row) => `"${row.title}"`);
  const age = `${name === 'tests' ? `${asWords(maxAgeSeconds)} (or the \`max_age\` of the suite in \`ephemetry.yaml\`)` : asWords(maxAgeSeconds)}`;
  const concerned = rows.length === 0 ? '' : ` Without it there is no value of ${rows.join(', ')}.`;
  return {
    ...missing,
    expr: aged(name, '>=', suites),
    for: '2m',
    keepFiringFor: '2m',
    lookBackSeconds: 600,
    urgency: 'p3',
    service: 'quality',
    component: name,
    labels: { source: name },
    summary: `no ${title} of {{ $labels.${label} }} for {{ $value | humanizeDuration }}`,
    description: `The last ${title} of {{ $labels.${label} }} is older than it may be.${concerned.replaceAll('"', '')}`,
    page: {
      means: `Nothing new for ${age}.${concerned} An alert of such a row that fires ends with its value, and is silenced while this one fires.`,
      look: [{ tells: 'Seconds since each of them reported', query: `time() - ${timestampOf(name)}` }],
      act: ACT[name],
      quiet:
        'While the report is younger, whatever was restarted meanwhile: the time of the last report is kept while its source is away.',
      closes: 'With the next report, or 14 days after the last one: what is removed is forgotten.',
      silence: silence(missing.title, subject),
    },
  };
}

function asWords(seconds: number): string {
  if (seconds < 7200) return `${seconds / 60} minutes`;
  return seconds < 172_800 ? `${seconds / 3600} hours` : `${seconds / 86_400} days`;
}
