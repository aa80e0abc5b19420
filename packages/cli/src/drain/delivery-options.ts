/** Options of every verb that delivers. */
import { ENDPOINT_DEFAULTS } from '@ephemetry/exporter';
import { type Options, optional } from '../command-line/option.ts';
import { httpUrl, wholeNumber } from '../command-line/readers.ts';
import { SPOOL_DIR } from '../spool/place-options.ts';

/** Where batches wait and where they go. */
export interface DeliveryValues {
  readonly spoolDir: string | undefined;
  readonly endpoint: string | undefined;
  readonly timeoutMs: number | undefined;
}

export const DELIVERY_OPTIONS: Options<DeliveryValues> = {
  spoolDir: SPOOL_DIR,
  endpoint: optional(
    'url',
    'full URL to post to',
    httpUrl,
    `as OTEL_EXPORTER_OTLP_* say, else ${ENDPOINT_DEFAULTS.url}`,
  ),
  timeoutMs: optional(
    'number',
    'longest wait for one answer',
    wholeNumber(1, 3_600_000),
    `as OTEL_EXPORTER_OTLP_TIMEOUT says, else ${ENDPOINT_DEFAULTS.timeoutMs}`,
  ),
};
