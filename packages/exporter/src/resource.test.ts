import { expect, test } from 'vitest';
import { VERSION } from './generated/version.ts';
import { BATCH_SEQUENCE, describeResource } from './resource.ts';

const RUN_ID = '0b9a2c66-7a6d-4c6e-9d3c-3f6a53b0a0f1';

/** The resource, and the problems that were found on the way. */
function resourceOf(
  given: Parameters<typeof describeResource>[1],
  env: NodeJS.ProcessEnv,
): { attributes: ReturnType<typeof describeResource>; problems: string[] } {
  const problems: string[] = [];
  return { attributes: describeResource(RUN_ID, given, env, problems), problems };
}

test('without settings it says that the service is unknown, and who measures', () => {
  expect(resourceOf({}, {})).toEqual({
    attributes: {
      [BATCH_SEQUENCE]: 0,
      'service.name': 'unknown_service:node',
      'telemetry.sdk.name': 'ephemetry',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.version': VERSION,
      'service.instance.id': RUN_ID,
    },
    problems: [],
  });
});

test('options win over OTEL_SERVICE_NAME, which wins over OTEL_RESOURCE_ATTRIBUTES', () => {
  const env = {
    OTEL_SERVICE_NAME: 'variable',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute,team=a,zone=1',
  };
  expect(resourceOf({}, env).attributes).toMatchObject({ 'service.name': 'variable', team: 'a', zone: '1' });
  const given = { serviceName: 'option', resourceAttributes: { team: 'b' } };
  expect(resourceOf(given, env).attributes).toMatchObject({ 'service.name': 'option', team: 'b', zone: '1' });
  expect(resourceOf({}, { OTEL_RESOURCE_ATTRIBUTES: 'service.name=attribute' }).attributes).toMatchObject({
    'service.name': 'attribute',
  });
});

test('what is no text is nothing given: callers without types pass it', () => {
  for (const serviceName of [null, 5, {}]) {
    // @ts-expect-error: what JavaScript may pass.
    const { attributes, problems } = resourceOf({ serviceName, resourceAttributes: null }, {});
    expect(attributes['service.name']).toBe('unknown_service:node');
    expect(problems).toEqual([]);
  }
});

test('nobody can set the identity of the run: forked processes inherit the environment', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=inherited' };
  const given = { resourceAttributes: { 'service.instance.id': 'chosen' } };
  expect(resourceOf(given, env).attributes['service.instance.id']).toBe(RUN_ID);
});

test('attributes are percent-decoded, blanks around them are not part of them', () => {
  const { attributes } = resourceOf({}, { OTEL_RESOURCE_ATTRIBUTES: ' a%2Cb = c%3Dd%20e ,, f=,g==' });
  expect(attributes).toMatchObject({ 'a,b': 'c=d e', f: '', g: '=' });
});

test.each(['novalue', 'a=1,=2', 'a=%ZZ', '%E0%A4=1'])(
  'of a malformed OTEL_RESOURCE_ATTRIBUTES none is believed: %s',
  (text) => {
    const { attributes, problems } = resourceOf({}, { OTEL_RESOURCE_ATTRIBUTES: `good=1,${text}` });
    expect(attributes).not.toHaveProperty('good');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^OTEL_RESOURCE_ATTRIBUTES contains ".+"; allowed: key=value,key=value, percent-encoded\. The whole variable is ignored$/,
    );
  },
);

test('a value that OTLP cannot carry is dropped and said: it would make a Collector refuse every batch', () => {
  const resourceAttributes = { team: 'a', big: 2 ** 80, none: Number.NaN };
  const { attributes, problems } = resourceOf({ serviceName: ' ', resourceAttributes }, {});
  expect(attributes).toMatchObject({ 'service.name': 'unknown_service:node', team: 'a' });
  expect(Object.keys(attributes)).not.toContain('big');
  expect(problems).toEqual([
    'option resourceAttributes: dropped 2 values; allowed: strings, finite numbers, booleans and lists of one of these',
  ]);
});

test('the identity of the batch comes first, whatever else is set: a tail knows files by how they begin', () => {
  const { attributes } = resourceOf(
    { resourceAttributes: { a: 1, 'service.instance.id': 'option' } },
    { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=variable' },
  );
  expect(Object.entries(attributes).slice(0, 2)).toEqual([
    ['service.instance.id', RUN_ID],
    [BATCH_SEQUENCE, 0],
  ]);
});
