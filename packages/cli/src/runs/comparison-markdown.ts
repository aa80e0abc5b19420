/** A comparison as a comment on a pull request. What runs say is code there, never markup. */
import type { Comparison, ExplainedSlice, HintedCluster } from '@ephemetry/run-telemetry';
import { escapedMarkdown, markdownCode } from '../terminal/safe-markdown.ts';
import {
  changeText,
  detectableText,
  headline,
  intervalText,
  leftOutLines,
  notableSlices,
  points,
  sliceName,
  valueText,
  verdictWords,
} from './comparison-words.ts';

const NAMED = 20;
/** One that is cut off would compare something else. */
const COMMAND_LIMIT = 20_000;

/** @param command what repeats the comparison */
export function comparisonMarkdown(
  comparison: Comparison,
  hinted: readonly HintedCluster[],
  command: string,
): string {
  const examples = comparison.slices.flatMap((slice) => slice.examples);
  const failures = comparison.clusters.filter(({ verdict }) => verdict === 'new' || verdict === 'more');
  return [
    `## Agent runs: ${verdictWords(comparison.verdict)}`,
    '',
    escapedMarkdown(headline(comparison)),
    '',
    '| metric | slice | verdict | baseline | current | change | 95 % | found from |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...notableSlices(comparison).slice(0, NAMED).map(row),
    ...list(
      'Why success changed',
      explainedOf(comparison).map(({ change, label }) => `${points(change)}: ${markdownCode(label)}`),
    ),
    ...list(
      'New and more failures',
      failures.map(
        ({ failure, verdict, label, runs }) =>
          `${verdict}, ${runs.baseline} to ${runs.current} runs: ${markdownCode(label)} (${failure.class}, \`${failure.cluster}\`)`,
      ),
    ),
    ...list('What to do', hinted.flatMap(advice)),
    ...list(
      'Example runs',
      examples.map(
        ({ passedRun, failedRun, partsAt }) =>
          `${markdownCode(passedRun)} passed, ${markdownCode(failedRun)} failed${partsAt === undefined ? '' : `, they part at step ${partsAt.step}`}`,
      ),
    ),
    ...list('Left out', leftOutLines(comparison).map(markdownCode)),
    ...list('Read with care', comparison.warnings.map(escapedMarkdown)),
    '',
    `Again: ${markdownCode(command, COMMAND_LIMIT)}`,
    '',
  ].join('\n');
}

/** The first hint of a cluster, on one line. */
function advice({ label, hints }: HintedCluster): readonly string[] {
  return hints
    .slice(0, 1)
    .map(
      ({ title, evidence, steps, page }) =>
        `${markdownCode(label)}: ${escapedMarkdown(title)} (${markdownCode(evidence)}). ${steps.map(escapedMarkdown).join(' ')} More: ${markdownCode(`docs/${page}`)}`,
    );
}

function row(slice: ExplainedSlice): string {
  const cells = [
    slice.metric.name,
    slice.slice.dimension === 'all' ? 'all runs' : markdownCode(sliceName(slice)).replaceAll('|', '\\|'),
    verdictWords(slice.verdict),
    valueText(slice, 'baseline'),
    valueText(slice, 'current'),
    changeText(slice),
    intervalText(slice),
    detectableText(slice),
  ];
  return `| ${cells.join(' | ')} |`;
}

function explainedOf({ slices }: Comparison): ExplainedSlice['explained'] {
  const judged = slices.filter(({ verdict }) => verdict === 'degraded' || verdict === 'improved');
  return judged.find(({ explained }) => explained.length > 0)?.explained.slice(0, 5) ?? [];
}

function list(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - NAMED;
  return [
    '',
    `### ${title}`,
    '',
    ...items.slice(0, NAMED).map((item) => `- ${item}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}
