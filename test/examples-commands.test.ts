/** The files in examples/commands: what stands in them is run as CI systems, containers, npm, make and cron run it. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { type Ended, type Receiver, runShell, startReceiver } from '../packages/testing/src/index.ts';
import { ROOT } from './documentation.ts';
import { createProject } from './example-project.ts';

const EXAMPLES = `${ROOT}examples/commands`;

interface Scene {
  readonly path: string;
  readonly receiver: Receiver;
  /** Runs a line of shell with the variables of an example beside those of the machine. */
  readonly run: (line: string, env?: Readonly<Record<string, string>>) => Promise<Ended>;
}

/** A project with a `build.sh` that ends with `code`. */
async function open(code: number): Promise<Scene> {
  const project = createProject();
  const receiver = await startReceiver();
  onTestFinished(async () => {
    await receiver.stop();
    project[Symbol.dispose]();
  });
  const { path } = project;
  writeFileSync(join(path, 'build.sh'), `#!/bin/sh\nexit ${code}\n`);
  chmodSync(join(path, 'build.sh'), 0o755);
  const { EPHEMETRY_SPOOL_DIR: _, ...machine } = project.environment(receiver.origin);
  const run: Scene['run'] = (line, env = {}) =>
    runShell(line, { cwd: path, home: path, env: { ...machine, ...env }, timeoutMs: 60_000 });
  return { path, receiver, run };
}

function read(file: string): string {
  return readFileSync(`${EXAMPLES}/${file}`, 'utf8');
}

/** Installing is of what is published. */
function isRun(line: string): boolean {
  return !line.startsWith('npm install ');
}

function runs({ receiver }: Scene): unknown {
  return receiver.totals().counters['command_runs_total'];
}

test('GitHub Actions: a build that fails is measured and delivered, by the last step where the Collector was away', async () => {
  const scene = await open(7);
  const { env, steps } = parse(read('github-actions/build.yaml')).jobs.build;
  expect(Object.keys(env)).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
  // What GitHub knows when it reads the variables of a job; another context makes it refuse the whole file.
  for (const [, context] of JSON.stringify(env).matchAll(/\$\{\{ *(\w+)/g))
    expect(['github', 'needs', 'strategy', 'matrix', 'vars', 'secrets', 'inputs']).toContain(context);
  const spool = { EPHEMETRY_SPOOL_DIR: join(scene.path, 'temp', 'ephemetry') };
  mkdirSync(join(scene.path, 'temp'));
  let isFailed = false;
  await scene.receiver.stop();
  for (const step of steps.filter(({ run = '' }) => run !== '' && isRun(run))) {
    if (isFailed && step.if !== 'always()') continue;
    if (step.if === 'always()') await scene.receiver.restart();
    const ended = await scene.run(step.run, spool);
    isFailed ||= ended.code !== 0;
    expect(ended.code).toBe(step.if === 'always()' ? 0 : 7);
  }
  expect(runs(scene)).toEqual({ 'command=build,outcome=failure': 1 });
});

test('GitLab CI: the spool comes back from the cache, and the next job delivers it', async () => {
  const scene = await open(3);
  const { variables, before_script, script, after_script, cache } = parse(
    read('gitlab-ci/gitlab-ci.yml'),
  ).build;
  expect(cache).toMatchObject({ when: 'always', paths: ['.ephemetry/'] });
  const env = { EPHEMETRY_SPOOL_DIR: variables.EPHEMETRY_SPOOL_DIR.replace('$CI_PROJECT_DIR', scene.path) };
  const job = async (): Promise<void> => {
    for (const line of before_script.filter(isRun)) expect((await scene.run(line, env)).code).toBe(0);
    for (const line of script) expect((await scene.run(line, env)).code).toBe(3);
    for (const line of after_script) expect((await scene.run(line, env)).code).toBe(0);
  };
  await scene.receiver.stop();
  await job();
  expect(existsSync(join(scene.path, '.ephemetry/spool'))).toBe(true);
  // As a runner unpacks it.
  await scene.run('chmod -R a+rwX .ephemetry');
  await scene.receiver.restart();
  await job();
  expect(runs(scene)).toEqual({ 'command=build,outcome=failure': 2 });
});

test('a container: the entry point measures the command, and ends as it ends', async () => {
  const scene = await open(5);
  const instruction = (name: string): readonly string[] =>
    JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(read('docker/Dockerfile'))?.[1] ?? '[]');
  const [init, dashes, ...wrapper] = instruction('ENTRYPOINT');
  // Not every machine has it; what it does to signals is its own.
  expect([init, dashes]).toEqual(['tini', '--']);
  expect(instruction('CMD')).toEqual(['job.sh']);
  const env = { EPHEMETRY_SPOOL_DIR: join(scene.path, 'spool') };
  const ended = await scene.run([...wrapper, './build.sh'].join(' '), env);
  expect(ended.code).toBe(5);
  expect(runs(scene)).toEqual({ 'command=nightly,outcome=failure': 1 });
});

test('a CronJob: the wrapper of the image only writes, and what a sidecar reads is there', async () => {
  const scene = await open(0);
  const { containers } = parse(readFileSync(`${ROOT}examples/kubernetes/command-cronjob.yaml`, 'utf8')).spec
    .jobTemplate.spec.template.spec;
  const env: Record<string, string> = Object.fromEntries(
    containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  const spool = join(scene.path, env['EPHEMETRY_SPOOL_DIR'] ?? '');
  const ended = await scene.run('ephemetry run --name nightly -- ./build.sh', {
    ...env,
    EPHEMETRY_SPOOL_DIR: spool,
  });
  expect([ended.code, scene.receiver.connections]).toEqual([0, 0]);
  await scene.run(`ephemetry drain --spool-dir ${spool}`);
  expect(runs(scene)).toEqual({ 'command=nightly,outcome=success': 1 });
});

test('npm: each script is measured under its name, and ends as without the wrapper', async () => {
  const scene = await open(4);
  const env = { EPHEMETRY_SPOOL_DIR: join(scene.path, 'spool') };
  writeFileSync(join(scene.path, 'shop.js'), 'export {};\n');
  cpSync(`${EXAMPLES}/npm-scripts/package.json`, join(scene.path, 'package.json'));
  const scripts: Record<string, string> = JSON.parse(read('npm-scripts/package.json')).scripts;
  // As npm does it: by a shell, with the script's text.
  expect((await scene.run(scripts['build'] ?? '', env)).code).toBe(4);
  expect((await scene.run(scripts['check'] ?? '', env)).code).toBe(0);
  expect(runs(scene)).toEqual({
    'command=shop-build,outcome=failure': 1,
    'command=shop-check,outcome=success': 1,
  });
});

test('make: every line of a recipe is measured, and a line that fails fails the target', async () => {
  const scene = await open(6);
  cpSync(`${EXAMPLES}/make/Makefile`, join(scene.path, 'Makefile'));
  const env = { EPHEMETRY_SPOOL_DIR: join(scene.path, 'spool') };
  const listed = await scene.run('make list', env);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toContain('Makefile');
  expect((await scene.run('make build', env)).code).toBe(2);
  expect(runs(scene)).toEqual({ 'command=make,outcome=success': 1, 'command=make,outcome=failure': 1 });
});

test('cron: silent when all is well, a line for the mail when something is left', async () => {
  const scene = await open(0);
  const lines = read('cron/crontab')
    .split('\n')
    .flatMap((line) => /^[*\d/]+ [*\d/]+ \* \* \* (.*)$/.exec(line)?.[1] ?? []);
  expect(lines).toHaveLength(2);
  const [backup = '', drain = ''] = lines;
  const env = { EPHEMETRY_SPOOL_DIR: join(scene.path, 'spool') };
  expect(await scene.run(backup, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await scene.run(drain, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  await scene.receiver.stop();
  expect((await scene.run(backup, env)).stderr).toMatch(/^ephemetry: .*1 batch spooled.*\n$/);
  await scene.receiver.restart();
  expect(await scene.run(drain, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(runs(scene)).toEqual({ 'command=nightly-backup,outcome=success': 2 });
});
