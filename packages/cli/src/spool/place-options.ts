/** Where batches wait and where they go: options of every verb that has a spool. Nothing heavy is loaded for them. */
import { type Option, optional } from '../command-line/option.ts';
import { directory, httpUrl } from '../command-line/readers.ts';

/** The spool. */
export const SPOOL_DIR: Option<string | undefined> = optional(
  'directory',
  'the spool',
  directory,
  'EPHEMETRY_SPOOL_DIR, else as the exporter finds it',
);

/** Where batches are posted to. */
export const ENDPOINT: Option<string | undefined> = optional(
  'url',
  'full URL to post to',
  httpUrl,
  'as OTEL_EXPORTER_OTLP_* say',
);
