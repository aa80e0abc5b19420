/** The one line that a run leaves on stderr when not all of it was delivered. */

import { rejectedFolder } from '../spool/rejected-folder.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';
import { countOf, describeFailure, type Verdict } from '../verdict.ts';
import type { Untold } from './untold.ts';

/** The line, or `undefined` when all is well. */
export function describeEnding(
  verdict: Verdict,
  directory: string | undefined,
  untold: Untold,
): string | undefined {
  const isExpected = verdict.failure?.kind === 'spool-only';
  const parts = [
    ...waitingParts(isExpected ? { ...verdict, spooled: 0 } : verdict, directory),
    ...goneParts(verdict, directory, '', verdict.failure?.kind === 'spool' ? '' : undefined),
    ...(verdict.lostDataPoints > 0
      ? [`${countOf(verdict.lostDataPoints, 'data point', 'data points')} lost`]
      : []),
    ...goneParts({ ...EMPTY_TALLY, expired: untold.own }, directory, ' of this run'),
    ...goneParts(untold.others, directory, ' of earlier runs'),
    ...(untold.rejectedRemoved > 0
      ? [
          `${limitsOf(directory)} removed ${batches(untold.rejectedRemoved)} that ${was(untold.rejectedRemoved)} rejected earlier`,
        ]
      : []),
  ];
  if (parts.length === 0) return undefined;
  const reason = verdict.failure === undefined || isExpected ? '' : `${describeFailure(verdict.failure)}: `;
  return `${reason}${parts.join('; ')}`;
}

/** What is on disk and may still arrive. */
function waitingParts(verdict: Verdict, directory: string | undefined): readonly string[] {
  const { spooled, inDoubt } = verdict;
  const [it, is] = inDoubt === 1 ? ['it', 'is'] : ['they', 'are'];
  return [
    ...(spooled > 0 ? [`${batches(spooled)} spooled in ${directory}${whatNext(verdict)}`] : []),
    ...(inDoubt > 0
      ? [
          `${batches(inDoubt)} in doubt in ${directory}: ${it} ${was(inDoubt)} sent, and may have arrived (EPHEMETRY_IN_DOUBT decides whether ${it} ${is} sent again)`,
        ]
      : []),
  ];
}

/** What will not arrive by itself any more. */
function goneParts(
  tally: Tally,
  directory: string | undefined,
  whose: string,
  whyGivenUp: string = ' (EPHEMETRY_IN_DOUBT=drop)',
): readonly string[] {
  const { rejected, expired, unsent, unreadable, abandoned } = tally;
  const folder = directory === undefined ? 'rejected' : rejectedFolder(directory);
  return [
    ...(rejected > 0
      ? [
          `${batches(rejected)}${whose} ${was(rejected)} rejected and ${rejected === 1 ? 'is' : 'are'} kept with the reason in ${folder}, for ${WAY_BACK}`,
        ]
      : []),
    ...(expired > 0 ? [`${batches(expired)}${whose} removed by ${limitsOf(directory)}`] : []),
    ...(unsent > 0 ? [`${batches(unsent)}${whose} lost`] : []),
    ...(unreadable > 0
      ? [
          `removed ${countOf(unreadable, 'half-written line that a killed run', 'half-written lines that killed runs')} left`,
        ]
      : []),
    ...(abandoned > 0
      ? [`${batches(abandoned)}${whose} in doubt ${was(abandoned)} given up${whyGivenUp}`]
      : []),
  ];
}

function limitsOf(directory: string | undefined): string {
  return `the limits of the spool ${directory} (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)`;
}

/** What sends a rejected batch once more, when the reason is fixed. */
const WAY_BACK = '`ephemetry drain --rejected`';

function whatNext(verdict: Verdict): string {
  const who = `the next run or \`ephemetry drain\` delivers ${verdict.spooled === 1 ? 'it' : 'them'}`;
  if (verdict.failure?.kind === 'misconfigured')
    return `: correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_HEADERS, then ${who}`;
  if (verdict.failure?.kind === 'not-otlp' || verdict.failure?.kind === 'refusing')
    return `: make sure that OTEL_EXPORTER_OTLP_ENDPOINT leads to an OTLP receiver, then ${who}`;
  if (verdict.failure?.kind === 'tls') return `: correct OTEL_EXPORTER_OTLP_CERTIFICATE, then ${who}`;
  return `, ${who}`;
}

function batches(count: number): string {
  return countOf(count, 'batch', 'batches');
}

function was(count: number): string {
  return count === 1 ? 'was' : 'were';
}
