/** Reads OTLP messages into {@link ReceivedBatch}es. Whatever cannot be merged becomes a refusal. */
import { INGEST_LIMITS } from '@ephemetry/contract';
import type { Digests } from './digests.ts';
import type { KeyValue } from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';
import { type OtlpMessage, type OtlpResource, type OtlpScope, readRequest } from './otlp-request.ts';
import { attributeText, compareText } from './prometheus-labels.ts';
import { type MetricPlace, readMetric } from './read-metric.ts';
import type { ReceivedBatch, ReceivedPoint } from './received-batch.ts';
import type { Refusals } from './refusals.ts';
import { shorten } from './shorten.ts';

/** What reading needs to know beside the request. */
export interface ReadContext {
  readonly digests: Digests;
  readonly nowUnixMs: number;
}

/** One batch for each resource of the request, in its order. */
export function* readBatches(request: OtlpMessage, context: ReadContext): Generator<ReceivedBatch> {
  for (const resource of readRequest(request)) yield readResource(resource, context);
}

/** As long as a data point's attributes may be; a name is never so long. */
const IDENTITY_LIMIT_CHARACTERS = INGEST_LIMITS.pointAttributesBytes / 4;

function readResource({ resource, scopes }: OtlpResource, context: ReadContext): ReceivedBatch {
  const attributes = resource?.attributes ?? [];
  const job = describeJob(attributes);
  const instanceId = textOf(attributes, 'service.instance.id');
  const sequence = readSequence(attributes);
  const isTooLarge = [job, instanceId].some((text = '') => text.length > IDENTITY_LIMIT_CHARACTERS);
  const shown = { job: job && shorten(job), instanceId: instanceId && shorten(instanceId), sequence };
  if (isTooLarge) {
    const points = (refusals: Refusals): readonly ReceivedPoint[] => refuseAll(scopes, refusals);
    return { ...shown, identity: undefined, points };
  }
  const run = instanceId === undefined ? undefined : JSON.stringify([instanceId, job]);
  const place: Omit<MetricPlace, 'scope'> = {
    job,
    run,
    sequence,
    nowUnixMs: context.nowUnixMs,
    digests: context.digests,
  };
  // What else the resource says may be added on the way, and not the same to a batch that comes again.
  const sender = run ?? context.digests.text(canonicalAttributes(attributes));
  return {
    ...shown,
    identity: run === undefined || sequence === undefined ? undefined : `${sequence} ${run}`,
    points: (refusals) => readScopes(scopes, sender, place, refusals),
  };
}

function* readScopes(
  scopes: Iterable<OtlpScope>,
  sender: string,
  place: Omit<MetricPlace, 'scope'>,
  refusals: Refusals,
): Generator<ReceivedPoint> {
  for (const { scope, metrics } of scopes) {
    const attributes = canonicalAttributes(scope?.attributes ?? []);
    const digest = place.digests.text(JSON.stringify([sender, scope?.name, scope?.version, attributes]));
    for (const metric of metrics) yield* readMetric(metric, { ...place, scope: digest }, refusals);
  }
}

function refuseAll(scopes: Iterable<OtlpScope>, refusals: Refusals): readonly ReceivedPoint[] {
  for (const { metrics } of scopes)
    for (const metric of metrics)
      refusals.add(
        'too_large',
        metric.name,
        metric.data.pointCount,
        () =>
          `service.namespace, service.name or service.instance.id is longer than ${IDENTITY_LIMIT_CHARACTERS} characters`,
      );
  return [];
}

/** As Prometheus names it: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1 */
function describeJob(attributes: readonly KeyValue[]): string | undefined {
  const name = textOf(attributes, 'service.name');
  const namespace = textOf(attributes, 'service.namespace');
  if (name === undefined) return undefined;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function readSequence(attributes: readonly KeyValue[]): bigint | undefined {
  const text = textOf(attributes, 'ephemetry.batch.sequence');
  return text !== undefined && /^[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function textOf(attributes: readonly KeyValue[], key: string): string | undefined {
  const text = attributeText(attributes.find((attribute) => attribute.key === key)?.value);
  return text === '' ? undefined : text;
}

/** The same text for the same attributes in any order. */
function canonicalAttributes(attributes: readonly KeyValue[]): string {
  return JSON.stringify(
    attributes
      .map(({ key, value }) => [key, value?.value.case, attributeText(value)])
      .toSorted(([a], [b]) => compareText(a ?? '', b ?? '')),
  );
}
