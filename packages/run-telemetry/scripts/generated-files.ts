/** The reference of events, metrics and verdicts, from the same tables that the code reads. */
import { METRICS } from '../src/comparison/metrics.ts';
import { VERDICTS } from '../src/comparison/verdict.ts';
import { EVENT_TYPES, RUN_STATUSES, STEP_STATUSES } from '../src/event/event-types.ts';
import { TIME_RULE } from '../src/event/parse-time.ts';
import { FAILURE_CLASSES } from '../src/failure/failure-class.ts';
import { DIMENSION_RULE } from '../src/selection/dimensions.ts';

/** A file before it is written. */
interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is generated from this package. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [{ path: 'docs/reference/agent-run-events.md', text: page() }];
}

function page(): string {
  return `# Events of agent runs

<!-- Generated from packages/run-telemetry by \`pnpm generate\`. Edit the tables there, not this page. -->

JSON Lines: one event a line. [The guide](../guide/agent-runs.md) says how they are compared.

${table(
  ['Field', 'Value'],
  [
    ['`v`', '1'],
    ['`run_id`', '1 to 200 printable characters'],
    ['`seq`', 'a whole number of 0 or more, unique within the run: the order of its events'],
    ['`event_type`', 'one of the types below, or any other: those are not counted'],
    ['`stage`', 'text or null'],
    [
      '`status`',
      `of \`run.*\`: ${RUN_STATUSES.join(', ')} or null; else ${STEP_STATUSES.join(', ')} or null`,
    ],
    ['`timestamp`', TIME_RULE],
    ['`payload`', 'an object of 64 KiB at most; every field may be missing or null, which is unknown'],
  ],
)}

${Object.entries(EVENT_TYPES)
  .map(
    ([type, fields]) =>
      `## ${type}\n\n${table(
        ['Field', 'Kind', 'Meaning'],
        Object.entries(fields).map(([name, { kind, meaning }]) => [`\`${name}\``, kind, meaning]),
      )}`,
  )
  .join('\n\n')}

## Metrics

${table(
  ['Metric', 'Kind', 'Worse when', 'Least change', 'Meaning'],
  METRICS.map(({ name, kind, worse, floor, meaning }) => [
    `\`${name}\``,
    kind,
    worse,
    kind === 'rate' ? `${floor} points` : `${floor} %`,
    meaning,
  ]),
)}

## Verdicts

${table(
  ['Verdict', 'Meaning'],
  Object.entries(VERDICTS).map(([name, meaning]) => [`\`${name}\``, meaning]),
)}

## Selections

\`key=value\` with \`&\` between them. Keys: ${DIMENSION_RULE}, and \`from\` (inclusive) and \`to\` (exclusive) for the start of a run,
in UTC unless a zone is given. A key that is repeated means any of its values; different keys go together. \`without=DIMENSION\` is
for runs that have no value of it.

## Classes of failures

${FAILURE_CLASSES.map((name) => `\`${name}\``).join(', ')}. A class that an event gives wins if it is one of these.
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
