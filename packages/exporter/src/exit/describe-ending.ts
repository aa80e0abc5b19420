/** The one line that a run leaves on stderr when not all of it was delivered. */

import { rejectedFolder } from '../spool/rejected-folder.ts';
import type { RemovedBatches } from '../spool/run-spool.ts';
import { countOf, describeFailure, type Verdict } from '../verdict.ts';

/** The line, or `undefined` when all is well. `removed` is what the spool's limits removed and the verdict does not tell. */
export function describeEnding(
  verdict: Verdict,
  directory: string | undefined,
  removed: RemovedBatches,
): string | undefined {
  const { spooled, rejected, lost, lostDataPoints } = verdict;
  const isExpected = verdict.failure?.kind === 'spool-only';
  const parts: string[] = [];
  if (spooled > 0 && !isExpected)
    parts.push(`${batches(spooled)} spooled in ${directory}, ${whatNext(verdict)}`);
  if (rejected > 0) {
    const folder = rejectedFolder(directory ?? '');
    parts.push(`${batches(rejected)} rejected for ever, kept with the reason in ${folder}`);
  }
  if (lost > 0) parts.push(`${batches(lost)} lost`);
  if (lostDataPoints > 0) parts.push(`${countOf(lostDataPoints, 'data point', 'data points')} lost`);
  const limits = `the limits of the spool ${directory} (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)`;
  if (removed.own > 0) parts.push(`${batches(removed.own)} of this run removed by ${limits}`);
  if (removed.others > 0) parts.push(`${batches(removed.others)} of earlier runs removed by ${limits}`);
  if (parts.length === 0) return undefined;
  const reason = verdict.failure === undefined || isExpected ? '' : `${describeFailure(verdict.failure)}: `;
  return `${reason}${parts.join('; ')}`;
}

function whatNext(verdict: Verdict): string {
  const who = `the next run or \`ephemetry drain\` delivers ${verdict.spooled === 1 ? 'it' : 'them'}`;
  if (verdict.failure?.kind === 'misconfigured')
    return `once OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS are right ${who}`;
  if (verdict.failure?.kind === 'tls') return `once OTEL_EXPORTER_OTLP_CERTIFICATE is right ${who}`;
  return who;
}

function batches(count: number): string {
  return countOf(count, 'batch', 'batches');
}
