/** `gitea push` as users run it. */
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePorts, type Receiver, startReceiver } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';
import { forgeDeployment, startSmallForge, TOKEN } from '../fixtures/small-forge.ts';

const push = (url: string, rest = ''): string =>
  `gitea push --url ${url} --token-file token --history history --spool-dir spool ${rest}`;

/** Every point of a metric that arrived: `event=opened,repository=team/app 2`. */
function pointsOf({ batches }: Receiver, metric: string): readonly string[] {
  return batches
    .flatMap(({ points }) => points)
    .flatMap((point) => {
      if (point.metric !== metric || point.kind === 'histogram') return [];
      return `${point.labels} ${point.value}`;
    });
}

/** What waits to be sent can be neither read nor written any more. */
function damageBatches(path: string): void {
  const history = new DatabaseSync(path);
  history.exec('pragma wal_checkpoint(truncate)');
  const pages = history.prepare(`select rootpage from sqlite_schema where tbl_name = 'batch'`).all();
  const size = Number(history.prepare('pragma page_size').get()?.['page_size']);
  history.close();
  const file = openSync(path, 'r+');
  for (const { rootpage } of pages)
    writeSync(file, Buffer.alloc(size, 0xff), 0, size, (Number(rootpage) - 1) * size);
  closeSync(file);
}

test('counts what happened since the first push, and sends what is so now', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  forge.open();
  await using receiver = await startReceiver();
  const endpoint = `--endpoint ${receiver.origin}/v1/metrics`;
  expect(await runCommand(push(forge.url, endpoint), scene)).toMatchObject({
    code: 0,
    stdout: 'team/app was collected for the first time: what happens from now on is counted\n',
    stderr: '',
  });
  forge.open();
  forge.open();
  expect(await runCommand(push(forge.url, endpoint), scene)).toMatchObject({
    code: 0,
    stdout: 'team/app was collected: 2 events\n',
    stderr: '',
  });
  expect(pointsOf(receiver, 'forge_issues_total')).toEqual(['event=opened,repository=team/app 2']);
  // Said, so that no older one lasts at a gateway: there are no 3 merges.
  const medians = ['window=7d NaN', 'window=30d NaN'];
  expect(pointsOf(receiver, 'forge_change_merge_median_seconds')).toEqual([...medians, ...medians]);
  const open = pointsOf(receiver, 'forge_issues_open').filter((line) => line.startsWith('age=day,'));
  expect(open).toEqual(['age=day,repository=team/app 1', 'age=day,repository=team/app 3']);
  expect([...forge.tokens]).toEqual([`token ${TOKEN}`]);
});

test('what cannot be sent waits in the spool under its identity, and is sent once', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  const [port] = await freePorts(1);
  await runCommand(push(forge.url, `--endpoint http://127.0.0.1:${port}`), scene);
  forge.open();
  expect(await runCommand(push(forge.url, `--endpoint http://127.0.0.1:${port}`), scene)).toMatchObject({
    code: 0,
  });
  await using receiver = await startReceiver();
  await runCommand(push(forge.url, `--endpoint ${receiver.origin}/v1/metrics`), scene);
  expect(pointsOf(receiver, 'forge_issues_total')).toEqual(['event=opened,repository=team/app 1']);
});

test('what the spool refuses waits in the history, and the next push sends it', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  await using receiver = await startReceiver();
  const endpoint = `--endpoint ${receiver.origin}/v1/metrics`;
  await runCommand(push(forge.url, endpoint), scene);
  forge.open();
  rmSync(join(scene.cwd, 'spool'), { recursive: true });
  writeFileSync(join(scene.cwd, 'spool'), 'in the way');
  const refused = await runCommand(push(forge.url, endpoint), scene);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('what was counted waits in');
  rmSync(join(scene.cwd, 'spool'));
  expect(await runCommand(push(forge.url, endpoint), scene)).toMatchObject({ code: 0 });
  expect(pointsOf(receiver, 'forge_issues_total')).toEqual(['event=opened,repository=team/app 1']);
});

test('a history that is damaged is said in words, and what was collected is told all the same', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  const [port] = await freePorts(1);
  const line = push(forge.url, `--endpoint http://127.0.0.1:${port}`);
  expect(await runCommand(line, scene)).toMatchObject({ code: 0 });
  damageBatches(join(scene.cwd, 'history', 'forge.sqlite'));
  const ended = await runCommand(line, scene);
  expect(ended).toMatchObject({ code: 1, stdout: 'team/app was collected: 0 events\n' });
  expect(ended.stderr).toMatch(/^the history cannot be used: .* is not a database, or it is damaged/m);
  expect(ended.stderr).not.toMatch(/^ +at /m);
});

test('says which repository was not collected, collects the others, and shows no token', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  forge.status = 403;
  const ended = await runCommand(push(forge.url, '--endpoint http://127.0.0.1:1 --json'), scene);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('team/app was not collected: the token may not read this (403: no)');
  expect(jsonLines(ended.stdout)).toMatchObject([
    { repositories: [{ repository: 'team/app', result: 'failed', failure: { kind: 'forbidden' } }] },
  ]);
  expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
});

test('a repository that the file does not declare is remembered by its name', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment('{}\n');
  await using receiver = await startReceiver();
  const rest = `--repository team/app --endpoint ${receiver.origin}/v1/metrics`;
  await runCommand(push(forge.url, rest), scene);
  expect(pointsOf(receiver, 'forge_issues_open')).toContain('age=day,repository=team/app 0');
});

test.each([
  [
    'no repository',
    '{}\n',
    '',
    1,
    /there are no repositories to collect: declare them in the section repositories/,
  ],
  ['a repository that is none', '{}\n', '--repository app', 1, /--repository is "app"; allowed: owner\/name/],
  ['a file that is wrong', 'repositories: 7\n', '', 1, /ephemetry.yaml:1/],
  [
    'a token file that is not there',
    undefined,
    '--token-file gone',
    1,
    /the file gone cannot be read: ENOENT/,
  ],
  ['a history that cannot be', undefined, '--history mysql://x', 1, /mysql:\/\/ is not known here/],
  ['a password in the URL', undefined, '--url http://me:pw@127.0.0.1', 2, /without user, password and query/],
])('%s is refused in words, and nothing is sent', async (_name, yaml, rest, code, message) => {
  const forge = await startSmallForge();
  const scene = forgeDeployment(yaml);
  await using receiver = await startReceiver();
  const usual = [
    ['--url', forge.url],
    ['--token-file', 'token'],
    ['--history', 'history'],
    ['--spool-dir', 'spool'],
  ];
  const options = usual.filter(([name = '']) => !rest.includes(name)).flat();
  const line = ['gitea', 'push', ...options, '--endpoint', `${receiver.origin}/v1/metrics`];
  const ended = await runCommand([...line, ...rest.split(' ').filter((word) => word !== '')], scene);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr).not.toContain('me:pw');
  expect(forge.requests).toBe(0);
});
