/** The one line that a run leaves on stderr when not all of it was delivered. */

import { rejectedFolder } from '../spool/rejected-folder.ts';
import { describeFailure, type Verdict } from '../verdict.ts';

/** The line, or `undefined` when all is well. `expired` are batches of earlier runs that the spool's limits removed. */
export function describeEnding(
  verdict: Verdict,
  directory: string | undefined,
  expired: number,
): string | undefined {
  const isExpected = verdict.failure?.kind === 'spool-only';
  const parts = [
    ...(verdict.spooled > 0 && !isExpected
      ? [`${batches(verdict.spooled)} spooled in ${directory}, ${whatNext(verdict)}`]
      : []),
    ...(verdict.rejected > 0
      ? [
          `${batches(verdict.rejected)} rejected for ever, kept with the reason in ${rejectedFolder(directory ?? '')}`,
        ]
      : []),
    ...(verdict.lost > 0 ? [`${batches(verdict.lost)} lost`] : []),
    ...(verdict.lostDataPoints > 0 ? [`${verdict.lostDataPoints} data points lost`] : []),
    ...(expired > 0
      ? [
          `${batches(expired)} of earlier runs removed by the limits of the spool ${directory} (EPHEMETRY_SPOOL_LIMIT_BYTES, _FILES, _HOURS)`,
        ]
      : []),
  ];
  if (parts.length === 0) return undefined;
  const reason = verdict.failure === undefined || isExpected ? '' : `${describeFailure(verdict.failure)}: `;
  return `${reason}${parts.join('; ')}`;
}

function whatNext(verdict: Verdict): string {
  const who = 'the next run or `ephemetry drain` delivers them';
  if (verdict.failure?.kind === 'misconfigured')
    return `once OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS are right ${who}`;
  if (verdict.failure?.kind === 'tls') return `once OTEL_EXPORTER_OTLP_CERTIFICATE is right ${who}`;
  return who;
}

function batches(count: number): string {
  return count === 1 ? '1 batch' : `${count} batches`;
}
