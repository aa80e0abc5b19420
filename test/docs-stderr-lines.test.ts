/** The lines in docs/guide/verdicts.md are what a person sees: each is made again by a real run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Behaviour,
  runProgram,
  startReceiver,
  temporaryDirectory,
} from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';

const PAGE = readFileSync(`${ROOT}docs/guide/verdicts.md`, 'utf8');
const SPOOL = '/home/ci/.local/state/ephemetry/spool';
const EXPORTER = `${ROOT}packages/exporter/dist/index.js`;

const PROGRAM = `
import { createMeterProvider } from ${JSON.stringify(EXPORTER)};
const provider = createMeterProvider({ serviceName: 'deploy' });
provider.getMeter('deploy').createCounter('deployments_total').add(1, { target: 'staging' });
process.exit(3);
`;

interface Case {
  readonly kind: string;
  readonly behaviour?: Behaviour;
  readonly isRefusing?: boolean;
  readonly isTls?: boolean;
  /** A file where the spool should be. */
  readonly isSpoolBlocked?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

const status = (code: number, headers: Record<string, string> = {}, body = '{}'): Behaviour => ({
  kind: 'status',
  status: code,
  headers,
  body,
});

const CASES: readonly Case[] = [
  { kind: 'unreachable', isRefusing: true },
  { kind: 'timeout', behaviour: { kind: 'silent' } },
  { kind: 'busy', behaviour: status(503, {}, '{"message":"Service Unavailable"}') },
  { kind: 'busy', behaviour: status(429, { 'retry-after': '30' }) },
  { kind: 'misconfigured', behaviour: status(401) },
  { kind: 'tls', isTls: true },
  { kind: 'rejected', behaviour: status(400, {}, '{"message":"Bad Request"}') },
  { kind: 'not-otlp', behaviour: status(200, { 'content-type': 'text/html' }, '<html></html>') },
  { kind: 'partial', behaviour: { kind: 'partial', rejectedDataPoints: 1, message: 'out of order' } },
  { kind: 'spool', isSpoolBlocked: true },
  { kind: 'spool', isSpoolBlocked: true, env: { EPHEMETRY_DELIVERY: 'spool-only' } },
  { kind: 'thread', execArgv: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'] },
];

describe.concurrent('the line that a failure leaves is on the page', () => {
  test.each(CASES)('$kind $behaviour.status', async (failure) => {
    const line = await lineOf(failure);
    expect(sectionOf(failure.kind).split('\n')).toContain(line);
  });
});

test('every kind of failure has a section', () => {
  const source = readFileSync(`${ROOT}packages/exporter/src/verdict.ts`, 'utf8');
  const union = source.slice(source.indexOf('type DeliveryFailure'), source.indexOf('interface Verdict'));
  const kinds = [...union.matchAll(/readonly kind: '([\w-]+)'/g)].map(([, kind = '']) => kind);
  expect(kinds.length).toBeGreaterThan(8);
  for (const kind of kinds) expect(sectionOf(kind)).not.toBe('');
});

async function lineOf(failure: Case): Promise<string> {
  const { behaviour, isRefusing, isTls, isSpoolBlocked, env, execArgv } = failure;
  await using receiver = await startReceiver({ tls: isTls === true });
  using directory = temporaryDirectory();
  if (isRefusing === true) await receiver.stop();
  if (behaviour !== undefined) receiver.behave(behaviour);
  const program = join(directory.path, 'deploy.mjs');
  const spool = join(directory.path, 'spool');
  writeFileSync(program, PROGRAM);
  if (isSpoolBlocked === true) writeFileSync(spool, '');

  const ended = await runProgram(program, {
    execArgv: execArgv ?? [],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
      EPHEMETRY_SPOOL_DIR: spool,
      // A busy machine must not decide.
      EPHEMETRY_EXIT_BUDGET_MS: failure.kind === 'timeout' ? '6000' : '60000',
      ...env,
    },
  });

  expect(ended.code).toBe(3);
  return (
    ended.stderr
      .trim()
      .replaceAll(spool, SPOOL)
      // How long it was in the end depends on when the batch was sent.
      .replace(/within \d+ ms/, 'within 1230 ms')
      .replaceAll(`://127.0.0.1:${receiver.port}`, '://localhost:4318')
      .replaceAll(`:${receiver.port}`, ':4318')
  );
}

/** The part of the page under the heading of a kind. */
function sectionOf(kind: string): string {
  const [, section = ''] = PAGE.split(`### \`${kind}\`\n`);
  return section.split(/^##/m)[0] ?? '';
}
