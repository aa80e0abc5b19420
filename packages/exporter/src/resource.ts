/** The resource of a run: who measured. Every batch carries it, with the batch's sequence added. */
import type { Attributes } from '@opentelemetry/api';
import { VERSION } from './generated/version.ts';
import { keepValidAttributes } from './meter/attributes.ts';
import { countOf } from './verdict.ts';

/** Resource attribute that numbers the batches of a run; with `service.instance.id` it identifies a batch. */
export const BATCH_SEQUENCE = 'ephemetry.batch.sequence';

/**
 * Options over environment over defaults; the sequence is each batch's own. `service.instance.id` is always the run id, whatever the
 * environment says: forked processes inherit the environment, and an identity shared by two runs would
 * make a gateway drop one of them as a duplicate.
 */
export function describeResource(
  runId: string,
  given: { readonly serviceName?: string; readonly resourceAttributes?: Attributes },
  env: NodeJS.ProcessEnv,
  problems: string[],
): Attributes {
  const serviceName = nonEmpty(given.serviceName) ?? nonEmpty(env['OTEL_SERVICE_NAME']);
  const attributes: Attributes = {
    // First in every line: whoever tails the spool tells files apart by how they begin.
    'service.instance.id': runId,
    [BATCH_SEQUENCE]: 0,
    'service.name': `unknown_service:${process.release.name}`,
    ...parseResourceAttributes(nonEmpty(env['OTEL_RESOURCE_ATTRIBUTES']), problems),
    ...validAttributes(given.resourceAttributes ?? {}, problems),
    ...(serviceName === undefined ? {} : { 'service.name': serviceName }),
    'telemetry.sdk.name': 'ephemetry',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': VERSION,
  };
  attributes['service.instance.id'] = runId;
  return attributes;
}

/** One value that OTLP cannot carry would make a Collector refuse every batch of the run. */
function validAttributes(given: Attributes, problems: string[]): Attributes {
  const { kept, dropped } = keepValidAttributes(given);
  if (dropped > 0) {
    problems.push(
      `option resourceAttributes: dropped ${countOf(dropped, 'value', 'values')}; allowed: strings, finite numbers, booleans and lists of one of these`,
    );
  }
  return kept;
}

/** `key=value,key=value`, percent-encoded: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable */
function parseResourceAttributes(text: string | undefined, problems: string[]): Attributes {
  const attributes: Attributes = {};
  for (const pair of (text ?? '').split(',').filter((part) => part.trim() !== '')) {
    const separator = pair.indexOf('=');
    const key = decode(pair.slice(0, Math.max(separator, 0)));
    const value = decode(pair.slice(separator + 1));
    if (key === undefined || key === '' || value === undefined) {
      // The specification discards the whole variable, so that no half of it is believed.
      problems.push(
        `OTEL_RESOURCE_ATTRIBUTES contains "${pair}"; allowed: key=value,key=value, percent-encoded. The whole variable is ignored`,
      );
      return {};
    }
    attributes[key] = value;
  }
  return attributes;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}

/** What is not text counts as not given: a caller without types may pass null. */
function nonEmpty(text: string | undefined): string | undefined {
  return typeof text !== 'string' || text.trim() === '' ? undefined : text.trim();
}
