/** The reference of events, metrics and verdicts, from the same tables that the code reads. */
import { METRICS } from '../src/comparison/metrics.ts';
import { VERDICTS } from '../src/comparison/verdict.ts';
import { EVENT_TYPES, RUN_STATUSES, STEP_STATUSES } from '../src/event/event-types.ts';
import { TIME_RULE } from '../src/event/parse-time.ts';
import { FAILURE_CLASSES, type FailureClass } from '../src/failure/failure-class.ts';
import { DIMENSION_RULE } from '../src/selection/dimensions.ts';
import { CLASS_MEANINGS } from '../src/triage/class-meanings.ts';
import { describeCondition } from '../src/triage/conditions.ts';
import { failurePage } from '../src/triage/find-hints.ts';
import { HINTS, type Hint } from '../src/triage/hints.ts';

/** A file before it is written. */
interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is generated from this package. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [
    { path: 'docs/reference/agent-run-events.md', text: page() },
    ...FAILURE_CLASSES.map((name) => ({ path: `docs/${failurePage(name)}`, text: classPage(name) })),
  ];
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

A class that an event gives wins if it is one of these. Each has a page with what to do.

${table(
  ['Class', 'Meaning'],
  FAILURE_CLASSES.map((name) => [`[\`${name}\`](../${failurePage(name)})`, CLASS_MEANINGS[name].meaning]),
)}
`;
}

function classPage(name: FailureClass): string {
  const { meaning, says, first } = CLASS_MEANINGS[name];
  const hints = HINTS.filter((hint) => hint.class === name);
  return `# ${name}

<!-- Generated from packages/run-telemetry/src/triage by \`pnpm generate\`. Edit the tables there, not this page. -->

${[meaning, ...(says.length === 0 ? [] : [`For example: ${says.join(', ')}.`])].join(' ')}

**Look first:** ${first}

\`ephemetry runs triage\` lists failures of this class; [the guide](../guide/agent-runs-failures.md) says how they are grouped. A hint is
shown only where its evidence is there, in three runs or more.

${hints.map(hintSection).join('\n\n')}
`;
}

function hintSection({ id, title, when, steps }: Hint): string {
  return `## ${id}

${title.charAt(0).toUpperCase()}${title.slice(1)}. Shown when ${describeCondition(when)}.

${steps.map((step, index) => `${index + 1}. ${step}`).join('\n')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
