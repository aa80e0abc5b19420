/** The limits of a batch; see {@link INGEST_LIMITS}. */
export interface IngestLimits {
  /** Largest request, unpacked. */
  readonly bodyBytes: number;
  /** Largest batch that the exporter makes of one persist; a larger one is split. */
  readonly batchBytes: number;
  /** Names and values of one data point's attributes together. */
  readonly pointAttributesBytes: number;
  /** A metric's name: OpenTelemetry's own limit for instruments. */
  readonly metricNameCharacters: number;
  /** Largest amount of one delta, a histogram's sum included: a double adds 1 to it exactly. */
  readonly deltaMagnitude: number;
  /** Times further back than this are not believed: the exporter's spool keeps batches for 168 h. */
  readonly behindSeconds: number;
  /** Times further ahead than this are not believed. */
  readonly aheadSeconds: number;
  /** A gauge that does not last is shown so long; see `GaugeLife`. */
  readonly readingSeconds: number;
}

/**
 * What a batch may hold, wherever it is taken: by the gateway, by `ephemetry receive`, and by the exporter that makes
 * it. Limits are in bytes, because memory is.
 */
export const INGEST_LIMITS: IngestLimits = {
  bodyBytes: 4 * 1024 * 1024,
  batchBytes: 1024 * 1024,
  pointAttributesBytes: 16 * 1024,
  metricNameCharacters: 255,
  deltaMagnitude: 2 ** 53,
  behindSeconds: 168 * 60 * 60,
  aheadSeconds: 10 * 60,
  readingSeconds: 5 * 60,
};
