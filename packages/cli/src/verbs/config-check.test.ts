import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

function directoryWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const GOOD = 'suites: { hermes: { categories: { acp: "tests/acp/**" } } }\nvantage: laptop\n';

test('says what the file in the working directory declares', async () => {
  const cwd = directoryWith({ 'ephemetry.yaml': `${GOOD}networks: { home: {} }\n` });
  const { code, stdout, stderr } = await runCommand('config check', { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('ephemetry.yaml is right\n');
  expect(stdout).toMatch(/^suite +1 +16 {2}hermes$/m);
  expect(stdout).toMatch(/^vantage +1 +32 {2}laptop$/m);
  expect(stdout).toContain('network home has no witness');
});

test('says what is never down without witnesses, and that a command is not among it', async () => {
  const targets = `networks: { home: {} }
vantage: laptop
targets:
  web: { url: 'http://127.0.0.1:1/', class: gateway }
  job: { command: [test, -f, mark], class: job }
  far: { command: [test, -f, mark], class: job, network: home }
`;
  const { stdout } = await runCommand('config check', { cwd: directoryWith({ 'ephemetry.yaml': targets }) });
  expect(stdout).toContain('target web has no network: without a connection it is unreachable, never down');
  const { 1: job } = /target job has no network: (.*)/.exec(stdout) ?? [];
  expect(job).toBe('a failure of its command is down, also when this machine is cut off');
  expect(stdout).toContain(
    'target far: no witness of its network is declared: a failure of its command is down, also when this machine is cut off',
  );
});

test('says that no rule looks at what a row chooses', async () => {
  const rows =
    "targets: { ezra: { url: 'http://127.0.0.1:1/', class: edge } }\nrows: { gateway_uptime: { class: edge } }\n";
  const { stdout } = await runCommand('config check', { cwd: directoryWith({ 'ephemetry.yaml': rows }) });
  expect(stdout).toContain('row gateway_uptime changes nothing');
});

test('--config goes before EPHEMETRY_CONFIG, and that before the working directory', async () => {
  const cwd = directoryWith({ 'ephemetry.yaml': 'a', 'b.yaml': 'b', 'good.yaml': GOOD });
  const checked = async (args: string, variable: string) =>
    (await runCommand(`config check ${args}`, { cwd, env: { EPHEMETRY_CONFIG: variable } })).stderr;
  expect(await checked('', '')).toContain(`${cwd}/ephemetry.yaml:1: is "a"`);
  expect(await checked('', 'b.yaml')).toContain(`${cwd}/b.yaml:1: is "b"`);
  expect(await checked('--config good.yaml', 'b.yaml')).toBe('');
});

test('tells every fault with its line, and fails', async () => {
  const cwd = directoryWith({ 'ephemetry.yaml': 'vantage: my laptop\nsuits: {}\n' });
  const { code, stdout, stderr } = await runCommand('config check', { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.split('\n')).toHaveLength(3);
  expect(stderr).toContain('ephemetry.yaml:1: vantage is "my laptop"; allowed: ');
  expect(stderr).toContain('ephemetry.yaml:2: suits is unknown; did you mean suites?; allowed: ');
});

test('of 10,000 faults 50 are told, and how many more there are', async () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `k${index}: 1\n`).join('');
  const { stderr } = await runCommand('config check', { cwd: directoryWith({ 'ephemetry.yaml': text }) });
  expect(stderr.split('\n')).toHaveLength(52);
  expect(stderr).toContain('and 9950 more\n');
});

test('a file that drives a terminal is shown without', async () => {
  const text = 'vantage: "\\e[2J\\e]0;title\\a"\n"\\e[31m": 1\n';
  const { stderr } = await runCommand('config check', { cwd: directoryWith({ 'ephemetry.yaml': text }) });
  expect(stderr).not.toContain('\u001b');
});

test.each<[string, Readonly<Record<string, string | Uint8Array>>, string, RegExp]>([
  ['is not there', {}, '', /ephemetry\.yaml is not there: nothing is declared; --config or EPHEMETRY_CONFIG/],
  ['is named and not there', {}, '--config x.yaml', /x\.yaml cannot be read \(ENOENT.*; named by --config\n/],
  ['is a directory', {}, '--config .', /cannot be read \(it is no file\); named by --config/],
  [
    'is not UTF-8',
    { 'ephemetry.yaml': new Uint8Array([0xff, 0xfe]) },
    '',
    /cannot be read \(it is not UTF-8\)/,
  ],
  ['is too large', { 'ephemetry.yaml': new Uint8Array(300_000) }, '', /\(it is larger than 262,144 bytes\)/],
])('fails where the file %s', async (_what, files, args, message) => {
  const cwd = directoryWith(files);
  const { code, stdout, stderr } = await runCommand(`config check ${args}`, { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  const json = await runCommand(`config check ${args} --json`, { cwd });
  expect(json).toMatchObject({ code: 1, stderr: '' });
  expect(jsonLines(json.stdout)).toMatchObject([{ is_valid: false, declared: [], faults: [{ line: 0 }] }]);
});

test('a pipe does not hold it up', async () => {
  const cwd = directoryWith({});
  mkdirSync(join(cwd, 'd'));
  execFileSync('mkfifo', [join(cwd, 'd', 'ephemetry.yaml')]);
  const { code, stderr } = await runCommand('config check', { cwd: join(cwd, 'd') });
  expect(code).toBe(1);
  expect(stderr).toContain('(it is no file); --config or EPHEMETRY_CONFIG names another');
});

test('refuses an empty --config as a wrong argument', async () => {
  const { code, stderr } = await runCommand(['config', 'check', '--config', '']);
  expect(code).toBe(2);
  expect(stderr).toContain("--config is ''; allowed: the path of a file");
});

test('prints names and faults as JSON', async () => {
  const cwd = directoryWith({ 'ephemetry.yaml': GOOD, 'bad.yaml': '\nvantage: 1\n' });
  const { stdout } = await runCommand('config check --json', { cwd });
  expect(jsonLines(stdout)).toMatchObject([{ is_valid: true, faults: [] }]);
  expect(stdout).toContain('{"kind":"category","limit":32,"names":["acp"]}');
  const bad = await runCommand('config check --config bad.yaml --json', { cwd });
  expect(jsonLines(bad.stdout)).toMatchObject([{ faults: [{ line: 2, place: 'vantage', problem: 'is 1' }] }]);
});
