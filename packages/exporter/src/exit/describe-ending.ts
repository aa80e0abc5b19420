/** The one line that a run leaves on stderr when not all of it was delivered. */

import { rejectedFolder } from '../spool/rejected-folder.ts';
import { countOf, describeFailure, type Verdict } from '../verdict.ts';
import type { Removed } from './removed.ts';

/** The line, or `undefined` when all is well. */
export function describeEnding(
  verdict: Verdict,
  directory: string | undefined,
  removed: Removed,
): string | undefined {
  const { spooled, inDoubt, rejected, lost, lostDataPoints } = verdict;
  const isExpected = verdict.failure?.kind === 'spool-only';
  const parts: string[] = [];
  if (spooled > 0 && !isExpected)
    parts.push(`${batches(spooled)} spooled in ${directory}, ${whatNext(verdict)}`);
  if (inDoubt > 0) {
    const it = inDoubt === 1 ? 'it' : 'they';
    parts.push(
      `${batches(inDoubt)} in doubt in ${directory}, ${it} may have arrived (EPHEMETRY_IN_DOUBT says what becomes of ${inDoubt === 1 ? 'it' : 'them'})`,
    );
  }
  if (rejected > 0) {
    const folder = rejectedFolder(directory ?? '');
    parts.push(`${batches(rejected)} rejected, kept with the reason in ${folder} for ${WAY_BACK}`);
  }
  if (lost > 0) parts.push(`${batches(lost)} lost`);
  if (lostDataPoints > 0) parts.push(`${countOf(lostDataPoints, 'data point', 'data points')} lost`);
  const limits = `the limits of the spool ${directory} (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)`;
  if (removed.own > 0) parts.push(`${batches(removed.own)} of this run removed by ${limits}`);
  if (removed.others > 0) parts.push(`${batches(removed.others)} of earlier runs removed by ${limits}`);
  if (removed.othersRejected > 0)
    parts.push(
      `${batches(removed.othersRejected)} of earlier runs rejected, kept with the reason in ${rejectedFolder(directory ?? '')} for ${WAY_BACK}`,
    );
  if (removed.rejectedRemoved > 0)
    parts.push(`${batches(removed.rejectedRemoved)} rejected earlier removed by ${limits}`);
  if (removed.tornLines > 0)
    parts.push(
      `${countOf(removed.tornLines, 'half-written line', 'half-written lines')} of killed runs removed`,
    );
  if (parts.length === 0) return undefined;
  const reason = verdict.failure === undefined || isExpected ? '' : `${describeFailure(verdict.failure)}: `;
  return `${reason}${parts.join('; ')}`;
}

/** What sends a rejected batch once more, when the reason is mended. */
const WAY_BACK = '`ephemetry drain --rejected`';

function whatNext(verdict: Verdict): string {
  const who = `the next run or \`ephemetry drain\` delivers ${verdict.spooled === 1 ? 'it' : 'them'}`;
  if (verdict.failure?.kind === 'misconfigured')
    return `once OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS are right ${who}`;
  if (verdict.failure?.kind === 'not-otlp' || verdict.failure?.kind === 'refusing')
    return `once OTEL_EXPORTER_OTLP_ENDPOINT leads to an OTLP receiver ${who}`;
  if (verdict.failure?.kind === 'tls') return `once OTEL_EXPORTER_OTLP_CERTIFICATE is right ${who}`;
  return who;
}

function batches(count: number): string {
  return countOf(count, 'batch', 'batches');
}
