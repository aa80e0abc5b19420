/** A comparison as text for a terminal. */
import type { Comparison, HintedCluster } from '@ephemetry/run-telemetry';
import { textTable } from '../terminal/text-table.ts';
import {
  changeText,
  detectableText,
  headline,
  intervalText,
  leftOutLines,
  notableSlices,
  percent,
  points,
  sliceName,
  valueText,
  verdictWords,
  wholeSuccess,
} from './comparison-words.ts';
import { hintLines } from './triage-lines.ts';

const NAMED = 10;
const ADVISED = 3;

/** The lines; the first one is the answer. */
export function comparisonLines(comparison: Comparison, hinted: readonly HintedCluster[]): readonly string[] {
  return [
    headline(comparison),
    ...explanation(comparison),
    '',
    ...textTable(
      [
        { title: 'metric', align: 'left' },
        { title: 'slice', align: 'left' },
        { title: 'verdict', align: 'left' },
        { title: 'baseline', align: 'right' },
        { title: 'current', align: 'right' },
        { title: 'change', align: 'right' },
        { title: '95 %', align: 'right' },
        { title: 'found from', align: 'right' },
      ],
      notableSlices(comparison).map((slice) => [
        slice.metric.name,
        sliceName(slice),
        verdictWords(slice.verdict),
        valueText(slice, 'baseline'),
        valueText(slice, 'current'),
        changeText(slice),
        intervalText(slice),
        detectableText(slice),
      ]),
    ),
    ...section('New and more failures', newAndMore(comparison)),
    ...adviceLines(hinted),
    ...section('Lost scenarios', lostLines(comparison)),
    ...section('Example runs', exampleLines(comparison)),
    ...section('What differs', differsLines(comparison)),
    ...section('Left out', leftOutLines(comparison)),
    ...section('Read with care', comparison.warnings),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, NAMED).map((line) => `  ${line}`);
  return ['', title, ...shown, ...(lines.length > NAMED ? [`  and ${lines.length - NAMED} more`] : [])];
}

/** What the change of success is made of. */
function explanation(comparison: Comparison): readonly string[] {
  const whole = wholeSuccess(comparison);
  if (whole === undefined || whole.verdict === 'no_difference') return [];
  const shown = whole.explained.slice(0, 3);
  const rest = whole.explained.slice(3);
  const others = rest.reduce((sum, { change }) => sum + change, 0);
  return [
    ...shown.map(({ change, label }) => `  ${points(change)}  ${label}`),
    ...(rest.length > 0 ? [`  ${points(others)}  ${rest.length} others`] : []),
  ];
}

function newAndMore({ clusters }: Comparison): readonly string[] {
  return clusters
    .filter(({ verdict }) => verdict === 'new' || verdict === 'more')
    .map(
      ({ failure, verdict, label, runs, change }) =>
        `${failure.cluster}  ${verdict}  ${points(change)}, ${runs.baseline} -> ${runs.current} runs  ${failure.class}: ${label}`,
    );
}

/** The first hint of each cluster: `runs triage` shows all. */
function adviceLines(hinted: readonly HintedCluster[]): readonly string[] {
  if (hinted.length === 0) return [];
  const shown = hinted
    .slice(0, ADVISED)
    .flatMap(({ cluster, label, hints }) => [
      `  ${cluster}  ${label}`,
      ...hints.slice(0, 1).flatMap(hintLines),
    ]);
  const more = hinted.length - ADVISED;
  return [
    '',
    'What to do',
    ...shown,
    ...(more > 0 ? [`  and ${more} more clusters with hints: --json has all`] : []),
  ];
}

function lostLines({ lost }: Comparison): readonly string[] {
  const { scenarios, expectedByChance } = lost;
  if (scenarios.length === 0) return [];
  return [
    `${scenarios.length} passed in every baseline run and in no current one; chance alone would list ${expectedByChance.toFixed(1)}`,
    ...scenarios,
  ];
}

function exampleLines({ slices }: Comparison): readonly string[] {
  const examples = slices.find(({ examples: found }) => found.length > 0)?.examples ?? [];
  return examples.map(({ scenario = 'no scenario', passedRun, failedRun, partsAt }) => {
    const parts = partsAt === undefined ? 'the same steps' : `they part at step ${partsAt.step}`;
    return `${scenario}: ${passedRun} passed, ${failedRun} failed, ${parts}`;
  });
}

function differsLines({ differs }: Comparison): readonly string[] {
  return differs.map(
    ({ name, value, baseline, current }) =>
      `${name} = ${value}: ${percent(baseline)} -> ${percent(current)} of runs`,
  );
}
