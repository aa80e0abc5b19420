import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { NO_CONFIGURATION, readConfiguration } from './configuration.ts';

const EXAMPLE = `suites: { hermes: { categories: { acp: 'tests/acp/**', tools: ['tests/tools/**', './x.py'] }, max_age: 26h } }
networks: { tailnet: { witnesses: ['tcp://192.0.2.1:22', 'tcp://[2001:db8::1]:53'] } }
vantage: laptop
targets:
  ezra: { url: 'http://192.0.2.7:8643/health', class: gateway, network: tailnet }
  store:
    url: https://example.org/ready
    class: provider
    deadline: 2s
    method: POST
    headers: { accept: application/json, authorization: { env: STORE_TOKEN }, x-key: { file: /run/key } }
    body: '{}'
    expect: { status: [2xx, 404, 500-503], text: ok, json: { ready: true, of: [1, null] } }
    redirects: none
    authorities: { file: ca.pem }
  mail: { url: 'tls://mail.example.org:465', class: provider, server_name: smtp.example.org }
  disk: { command: [df, -h], class: host, environment: { LANG: C } }
repositories: { team/app: { pipelines: [ci.yaml], dispatch: { label: auto, failure_label: auto-failed, deadline: 48h } } }
commands: { backup: { every: 24h } }
rows: { gateway_uptime: { class: gateway } }
limits: { target: 250 }
`;

test('reads every section', () => {
  const reading = readConfiguration(EXAMPLE);
  expect(reading).toEqual({
    kind: 'valid',
    configuration: {
      suites: [
        {
          name: 'hermes',
          categories: [
            { name: 'acp', patterns: ['tests/acp/**'] },
            { name: 'tools', patterns: ['tests/tools/**', 'x.py'] },
          ],
          maxAgeMs: 26 * 3_600_000,
        },
      ],
      networks: [
        {
          name: 'tailnet',
          witnesses: [
            { host: '192.0.2.1', port: 22 },
            { host: '2001:db8::1', port: 53 },
          ],
        },
      ],
      vantage: 'laptop',
      targets: [
        {
          name: 'ezra',
          class: 'gateway',
          network: 'tailnet',
          probe: { kind: 'http', url: { kind: 'plain', text: 'http://192.0.2.7:8643/health' } },
        },
        {
          name: 'store',
          class: 'provider',
          timeoutMs: 2000,
          probe: {
            kind: 'http',
            url: { kind: 'plain', text: 'https://example.org/ready' },
            method: 'POST',
            headers: {
              accept: { kind: 'plain', text: 'application/json' },
              authorization: { kind: 'environment', name: 'STORE_TOKEN' },
              'x-key': { kind: 'file', path: '/run/key' },
            },
            body: { kind: 'plain', text: '{}' },
            expect: {
              status: [
                { from: 200, to: 299 },
                { from: 404, to: 404 },
                { from: 500, to: 503 },
              ],
              text: 'ok',
              json: { ready: true, of: [1, null] },
            },
            redirects: 'none',
            authorities: { kind: 'file', path: 'ca.pem' },
          },
        },
        {
          name: 'mail',
          class: 'provider',
          probe: { kind: 'tls', host: 'mail.example.org', port: 465, serverName: 'smtp.example.org' },
        },
        {
          name: 'disk',
          class: 'host',
          probe: {
            kind: 'command',
            command: ['df', '-h'],
            environment: { LANG: { kind: 'plain', text: 'C' } },
          },
        },
      ],
      repositories: [
        {
          name: 'team/app',
          pipelines: ['ci.yaml'],
          dispatch: { label: 'auto', failureLabel: 'auto-failed', deadlineMs: 48 * 3_600_000 },
        },
      ],
      commands: [{ name: 'backup', everyMs: 24 * 3_600_000 }],
      rows: [{ name: 'gateway_uptime', class: 'gateway' }],
      limits: new Map([...NO_CONFIGURATION.limits, ['target', 250]]),
    },
  });
});

test.each(['', '# nothing yet\n', '{}', '\ufeff', '---\n'])('%j declares nothing', (text) => {
  expect(readConfiguration(text)).toEqual({ kind: 'valid', configuration: NO_CONFIGURATION });
});

test('a name may look like a number, a truth or a property of objects', () => {
  const names = ['2024', 'true', '1.10', 'constructor', '0x1F', 'null'];
  const reading = readConfiguration(`suites:\n${names.map((name) => `  ${name}: {}\n`).join('')}`);
  expect(reading).toMatchObject({ configuration: { suites: names.map((name) => ({ name })) } });
});

/** A file as a value, of which everything is allowed. */
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/).filter((each) => each !== 'unknown');
const duration = fc
  .tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom('m', 'h', 'd'))
  .map((parts) => parts.join(''));
const suite = fc.record(
  {
    categories: fc
      .uniqueArray(name, { maxLength: 4 })
      .map((names) =>
        Object.fromEntries(names.map((each, index) => [each, [`t${index}/**`, `u${index}/*`]])),
      ),
    max_age: duration,
  },
  { requiredKeys: [] },
);
const file = fc.record(
  {
    suites: fc.dictionary(name, suite, { maxKeys: 8 }),
    vantage: name,
    commands: fc.dictionary(name, fc.record({ every: duration }), { maxKeys: 8 }),
    targets: fc.dictionary(
      name,
      fc.record({
        class: name,
        url: fc.constantFrom(
          'http://192.0.2.7:8643/health',
          'https://example.org/',
          'tcp://h:1',
          'tls://[::1]:2',
        ),
      }),
      { maxKeys: 8 },
    ),
    limits: fc.record({
      target: fc.integer({ min: 8, max: 1000 }),
      class: fc.integer({ min: 8, max: 1000 }),
    }),
  },
  { requiredKeys: [] },
);

test('what is accepted means the same however it is written', () => {
  fc.assert(
    fc.property(file, fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'), (value, keyType) => {
      const written = readConfiguration(
        stringify(value, { defaultKeyType: keyType, aliasDuplicateObjects: false }),
      );
      expect(written.kind).toBe('valid');
      expect(readConfiguration(JSON.stringify(value))).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

test('a file with a letter changed is refused with its line, or means what YAML says that it means', () => {
  const characters = fc.constantFrom(
    '',
    ' ',
    '\n',
    ':',
    '{',
    '}',
    '[',
    '*a',
    '&a ',
    '!t ',
    '"',
    "'",
    '#',
    '-',
    '\t',
    '\0',
    'é',
    '9',
  );
  fc.assert(
    fc.property(fc.nat(EXAMPLE.length - 1), fc.nat(2), characters, (at, removed, added) => {
      const text = `${EXAMPLE.slice(0, at)}${added}${EXAMPLE.slice(at + removed)}`;
      const reading = readConfiguration(text);
      if (reading.kind === 'valid') {
        // JSON has none of YAML's ways to write a value.
        expect(readConfiguration(JSON.stringify(parse(text)))).toEqual(reading);
        return;
      }
      const lines = text.split('\n').length;
      expect(reading.faults.length).toBeGreaterThan(0);
      for (const { line } of reading.faults) expect(line).toBeGreaterThanOrEqual(1);
      for (const { line } of reading.faults) expect(line).toBeLessThanOrEqual(lines);
    }),
    { numRuns: 150 },
  );
});

const SCHEMA = new URL('../../../../docs/reference/ephemetry-yaml.schema.json', import.meta.url);
const isBySchema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
);

test('an editor that follows the schema takes what the command takes', () => {
  expect(isBySchema(parse(EXAMPLE)), JSON.stringify(isBySchema.errors)).toBe(true);
  fc.assert(
    fc.property(file, (value) => isBySchema(value)),
    { numRuns: 50 },
  );
});

test.each(['suits: {}', 'vantage: my laptop', 'commands: { a: { every: 24 } }', 'limits: { target: 0 }'])(
  'and refuses %j, as the command does',
  (text) => {
    expect(isBySchema(parse(text))).toBe(false);
    expect(readConfiguration(text).kind).toBe('faulty');
  },
);

test('the file that the guide shows is right', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/ephemetry-yaml.md', import.meta.url), 'utf8');
  const [, shown = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  expect(readConfiguration(shown)).toMatchObject({ kind: 'valid', configuration: { vantage: 'laptop' } });
});
