/**
 * The guide to instrumenting fab, from its first command to its last, in a stand-in with fab's public types: what is
 * packed is installed by npm, the patch is applied as it stands, and what the page shows is what there is to see.
 */
import { execSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ended,
  runProgram,
  runShell,
  startReceiver,
  temporaryDirectory,
} from '../packages/testing/src/index.ts';
import { examplesOfPage, ROOT } from './documentation.ts';
import { EPHEMETRY } from './example-project.ts';
import { type ApiRegistry, startApiRegistry } from './fab-registry.ts';

const PATH = 'docs/guide/instrument-fab.md';
const BLOCKS = examplesOfPage({ path: PATH, text: readFileSync(`${ROOT}${PATH}`, 'utf8') });
const TIMEOUT_MS = 150_000;
/** Beside fab's checkout, as the page has it. */
const VENDOR = '../fab/vendor';

const work = temporaryDirectory();
const fab = join(work.path, 'fab');
let registry: ApiRegistry;

/** The one block of the page that holds a text. */
function blockWith(text: string): string {
  const found = BLOCKS.filter(({ code }) => code.includes(text));
  expect(found, `blocks of ${PATH} with ${text}`).toHaveLength(1);
  return found[0]?.code ?? '';
}

/** Runs a script in fab's checkout, with the registry that has the one package which is not packed. */
async function shell(script: string): Promise<void> {
  const ended = await runShell(script, {
    cwd: fab,
    env: {
      PATH: `${dirname(process.execPath)}:${ROOT}node_modules/.bin:${process.env['PATH'] ?? ''}`,
      npm_config_registry: registry.url,
      npm_config_update_notifier: 'false',
    },
    timeoutMs: TIMEOUT_MS,
  });
  expect(ended.code, `${script}\n${ended.stdout}${ended.stderr}`).toBe(0);
}

function runFab(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runProgram(join(fab, 'dist/bin/fab.js'), {
    args,
    cwd: fab,
    env: { EPHEMETRY_EXIT_BUDGET_MS: '60000', ...env },
    timeoutMs: TIMEOUT_MS,
  });
}

beforeAll(async () => {
  registry = await startApiRegistry(work.path);
  cpSync(`${ROOT}test/fixtures/fab-stand-in`, fab, { recursive: true });
  pack();
  await shell(blockWith('npm install --save-optional ./vendor'));
  // npm would remove what it did not install.
  mkdirSync(join(fab, 'node_modules/@types'));
  symlinkSync(`${ROOT}node_modules/@types/node`, join(fab, 'node_modules/@types/node'));
  writeFileSync(join(fab, 'src/telemetry.ts'), blockWith('export function loadTelemetry'));
  writeFileSync(join(fab, 'telemetry.patch'), blockWith('+++ b/src/workflows.ts'));
  await shell(blockWith('git apply telemetry.patch'));
}, TIMEOUT_MS * 2);

afterAll(async () => {
  await registry.close();
  work.remove();
});

/** Runs what `pack:fab` runs, without its build: other tests use what is built. With the tester's own pnpm. */
function pack(): void {
  const block = blockWith('pack:fab');
  expect(block).toContain(`pnpm@12 pack:fab ${VENDOR}\n`);
  const script: string = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).scripts['pack:fab'];
  const [build, command = ''] = script.split(' && ');
  expect(build).toBe('pnpm build');
  const pnpm = command.replace(/^pnpm/, 'npx -y --prefer-offline pnpm@12');
  execSync(`${pnpm} ${join(work.path, 'ephemetry', VENDOR)}`, { cwd: ROOT, stdio: 'pipe' });
}

test('the new file and the change are formatted as fab formats', async () => {
  await shell('biome format --config-path=fab-biome.json src/telemetry.ts');
  const added = blockWith('+++ b/src/workflows.ts')
    .split('\n')
    .filter((line) => /^\+(?!\+)/.test(line));
  expect(added.length).toBe(5);
  for (const line of added) expect(line.length - 1).toBeLessThanOrEqual(100);
});

test('fab depends on nothing new that it requires', () => {
  const manifest = JSON.parse(readFileSync(join(fab, 'package.json'), 'utf8'));
  expect(manifest.dependencies).toBeUndefined();
  expect(Object.keys(manifest.optionalDependencies)).toContain('@ephemetry/instrumentation-fab');
});

test('the receiver shows what the page shows', async () => {
  const command = blockWith('node dist/bin/fab.js').trim().split(' ').slice(2);
  let runs: Promise<Ended> | undefined;
  const received = await runProgram(EPHEMETRY, {
    args: [...blockWith('npx @ephemetry/cli receive').trim().split(' ').slice(2), '--port', '0'],
    onStderr: (text, receiver) => {
      const url = /listening on (http:\S+)/.exec(text)?.[1];
      if (url === undefined) return;
      runs ??= runFab(command, { OTEL_EXPORTER_OTLP_ENDPOINT: url }).finally(() => receiver.kill('SIGINT'));
    },
    timeoutMs: TIMEOUT_MS,
  });
  expect(await runs).toMatchObject({ code: 0, stderr: '', stdout: 'SELF-EVAL: PASS\n' });
  const shown = blockWith('fab_agent_sessions_total{').trim().split('\n');
  expect(shown.length).toBe(2);
  for (const series of shown) expect(received.stdout).toMatch(new RegExp(`^${escaped(series)} +1$`, 'm'));
});

describe('every session has its role, whichever command ran it', () => {
  const inRole = (role: string, phase: string, group: string): string =>
    `group=${group},phase=${phase},role=${role}`;

  test('one of another process, resumed by its id, with the price of its model', async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin };
    expect(await runFab(['revise', 'sesn_agent_qa-security'], env)).toMatchObject({ code: 0, stderr: '' });
    const { counters } = receiver.totals();
    const reviewer = inRole('qa-security', 'verify', 'factory');
    expect(counters['fab_agent_sessions_total']).toEqual({ [reviewer]: 1 });
    expect(counters['fab_cost_usd_total']).toEqual({ [reviewer]: 2 });
  });

  test('those of a workflow and its gate', async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin };
    expect(await runFab(['workflow'], env)).toMatchObject({ code: 0, stderr: '' });
    const { counters } = receiver.totals();
    expect(counters['fab_agent_sessions_total']).toEqual({
      [inRole('product', 'discovery', 'factory')]: 1,
      [inRole('content-engineer', 'business', 'firm')]: 1,
      [inRole('artifact-auditor', 'verify', 'factory')]: 1,
      [inRole('qa-security', 'verify', 'factory')]: 1,
    });
    expect(counters['fab_merge_gate_decisions_total']).toEqual({ 'decision=approve,profile=docs': 1 });
    expect(counters['fab_merge_gate_attempts_total']).toEqual({ 'profile=docs': 2 });
  });

  test('but one that the API does not know', async () => {
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin };
    expect(await runFab(['revise', 'elsewhere'], env)).toMatchObject({ code: 0, stderr: '' });
    const unknown = inRole('unknown', 'unknown', 'unknown');
    expect(receiver.totals().counters['fab_agent_sessions_total']).toEqual({ [unknown]: 1 });
  });
});

test("fab's own tests measure nothing", async () => {
  await using receiver = await startReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin, VITEST: 'true' };
  expect(await runFab(['workflow'], env)).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.batches).toEqual([]);
});

test('where the optional package is missing, fab runs as before', async () => {
  await using receiver = await startReceiver();
  const bare = join(work.path, 'bare');
  cpSync(join(fab, 'dist'), join(bare, 'dist'), { recursive: true });
  writeFileSync(join(bare, 'package.json'), '{ "type": "module" }');
  const ended = await runProgram(join(bare, 'dist/bin/fab.js'), {
    args: ['workflow'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin },
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain('approve');
});

test('a newer fab counts the gate that its pre-hook rejects', async () => {
  const path = join(fab, 'src/workflows.ts');
  const before = readFileSync(path, 'utf8');
  const end = "    return { decision: 'reject', feedback";
  expect(before).toContain(end);
  writeFileSync(path, before.replace(end, `    ${blockWith('attempts: 0')}${end}`));
  await shell('npm run build');
  await using receiver = await startReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin };
  expect(await runFab(['workflow', 'broken'], env)).toMatchObject({ code: 0, stderr: '' });
  const { counters } = receiver.totals();
  expect(counters['fab_merge_gate_decisions_total']).toEqual({ 'decision=reject,profile=docs': 1 });
  expect(counters['fab_merge_gate_attempts_total']).toBeUndefined();
});

test('every command and every change of the page is walked here', () => {
  const walked = [
    'pack:fab',
    './vendor/*.tgz',
    'loadTelemetry(): Promise',
    '+++ b/src/workflows.ts',
    'git apply',
    'npx @ephemetry/cli receive',
    'node dist/bin/fab.js',
    'attempts: 0',
  ];
  // The other programs stand alone: docs-examples.test.ts runs them.
  const others = BLOCKS.filter(({ language, code }) => {
    const standsAlone = language === 'ts' && code.startsWith('import ') && !code.includes("from './");
    return language !== 'text' && !standsAlone && !walked.some((text) => code.includes(text));
  });
  expect(others.map(({ place }) => place)).toEqual([]);
});

function escaped(text: string): string {
  return text.replaceAll(/[{}.|]/g, '\\$&');
}
