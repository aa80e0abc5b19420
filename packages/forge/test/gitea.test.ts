/** A script of events that is played against a real Gitea: every number is what was played. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  GITEA_NEEDED,
  type Gitea,
  hasGitea,
  startGitea,
  startRunner,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startCollecting } from '../src/fixtures/collecting.ts';
import { deliveredRepository, isSigned, signedBytes } from '../src/index.ts';
import { arrivedCounts, collectMortally } from './mortal-collector.ts';

const WORKFLOW = 'on: push\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]\n';

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  /** A repository with a first commit. */
  async function newRepository(name: string): Promise<string> {
    await gitea.api('POST', '/user/repos', { name, auto_init: true, default_branch: 'main' });
    return `boss/${name}`;
  }

  async function newIssue(repository: string, more: object = {}): Promise<number> {
    const path = `/repos/${repository}/issues`;
    return (await gitea.api<{ number: number }>('POST', path, { title: 'an issue', ...more })).number;
  }

  const setState = (repository: string, number: number, state: string): Promise<unknown> =>
    gitea.api('PATCH', `/repos/${repository}/issues/${number}`, { state });

  /** A change that adds a file. */
  async function newChange(repository: string, branch: string): Promise<number> {
    const content = Buffer.from(branch).toString('base64');
    const file = { content, message: branch, branch: 'main', new_branch: branch };
    await gitea.api('POST', `/repos/${repository}/contents/${branch}.txt`, file);
    const change = { title: branch, head: branch, base: 'main' };
    return (await gitea.api<{ number: number }>('POST', `/repos/${repository}/pulls`, change)).number;
  }

  /** Gitea looks in the background whether a change can be merged, and asks to try again until then. */
  async function merge(repository: string, number: number): Promise<void> {
    const path = `/repos/${repository}/pulls/${number}`;
    const isMerged = async (): Promise<boolean> =>
      (await gitea.api<{ mergeable: boolean }>('GET', path)).mergeable &&
      (await gitea.api('POST', `${path}/merge`, { Do: 'merge' }).then(
        () => true,
        () => false,
      ));
    await waitFor(isMerged, { what: `the merge of change ${number}` });
  }

  const asBoss = () => ({ server: { url: gitea.url, token: () => gitea.token } });

  test('counts what is played, each once, behind a page cap of 7', async () => {
    const name = await newRepository('app');
    for (let count = 0; count < 16; count += 1) await newIssue(name);
    await setState(name, 1, 'closed');
    await merge(name, await newChange(name, 'past'));
    const { collect, counted, shown } = await startCollecting(gitea.url, [{ name, label: 'team/app' }]);
    const first = await collect(asBoss());
    expect(first.repositories).toMatchObject([{ kind: 'collected', isFirst: true }]);
    // One for the repository, three pages of items, one of no runs.
    expect(first.requests).toEqual(new Map([['2xx', 5]]));
    expect(await counted()).toEqual([]);

    await setState(name, 2, 'closed');
    await setState(name, 3, 'closed');
    await setState(name, 1, 'open');
    await newIssue(name);
    const closed = await newIssue(name, { closed: true });
    const merged = await newChange(name, 'merged');
    await merge(name, merged);
    await newChange(name, 'waiting');
    const dropped = await newChange(name, 'dropped');
    await setState(name, dropped, 'closed');
    await collect(asBoss());
    await collect(asBoss());
    await setState(name, closed, 'open');
    await collect(asBoss());
    const [histogram = '', ...counters] = (await counted()).toSorted();
    expect([histogram, ...counters].filter((line) => !line.startsWith('changeMerge'))).toEqual([
      'changeEvents closed 1',
      'changeEvents merged 1',
      'changeEvents opened 3',
      'issueEvents closed 3',
      'issueEvents opened 2',
      'issueEvents reopened 2',
    ]);
    expect(await shown('openIssues', 'openChanges', 'resolvedIssues', 'mergedChanges')).toEqual([
      'openIssues day 16',
      'openIssues three_days 0',
      'openIssues week 0',
      'openIssues older 0',
      'resolvedIssues 1d 2',
      'resolvedIssues 7d 2',
      'resolvedIssues 30d 2',
      'openChanges day 1',
      'openChanges three_days 0',
      'openChanges week 0',
      'openChanges older 0',
      'mergedChanges 1d 2',
      'mergedChanges 7d 2',
      'mergedChanges 30d 2',
    ]);

    await gitea.api('DELETE', `/repos/${name}/issues/4`);
    await collect(asBoss());
    expect(await shown('openIssues')).toContain('openIssues day 15');
  });

  test('counts runs when they end, with their results', async () => {
    const name = await newRepository('pipelines');
    const repositories = [{ name, label: 'team/app', pipelines: ['ci.yaml'] }];
    const { collect, counted, shown } = await startCollecting(gitea.url, repositories);
    await collect(asBoss());
    const file = { content: Buffer.from(WORKFLOW).toString('base64'), message: 'check', branch: 'main' };
    await gitea.api('POST', `/repos/${name}/contents/.gitea/workflows/ci.yaml`, file);
    await newChange(name, 'second');
    const bothAreMade = async (): Promise<boolean> =>
      (await gitea.api<{ total_count: number }>('GET', `/repos/${name}/actions/runs`)).total_count === 2;
    await waitFor(bothAreMade, { what: 'both runs are made' });
    const runner = await startRunner(gitea, name);
    const task = await runner.take();
    await collect(asBoss());
    expect(await counted()).toEqual(['changeEvents opened 1']);
    expect(await shown('openPipelineRuns')).toEqual([
      'openPipelineRuns pending 1',
      'openPipelineRuns executing 1',
      'openPipelineRuns unknown 0',
    ]);
    await runner.end(task, 'RESULT_FAILURE', 0);
    await runner.end(await runner.take(), 'RESULT_SUCCESS', 0);
    await collect(asBoss());
    await collect(asBoss());
    const runs = (await counted()).map((line) => line.replace(/ sum .*/, ''));
    expect(runs).toEqual([
      'changeEvents opened 1',
      'pipelineRun ci.yaml failure 1|0|0|0|0|0|0|0|0|0|0|0',
      'pipelineRun ci.yaml success 1|0|0|0|0|0|0|0|0|0|0|0',
    ]);
    expect(await shown('openPipelineRuns')).toEqual([
      'openPipelineRuns pending 0',
      'openPipelineRuns executing 0',
      'openPipelineRuns unknown 0',
    ]);
  });

  test('says what became of issues that were handed to a worker by label or assignee', async () => {
    const name = await newRepository('dispatch');
    const newLabel = async (label: string): Promise<number> =>
      (await gitea.api<{ id: number }>('POST', `/repos/${name}/labels`, { name: label, color: '#00aabb' }))
        .id;
    const auto = await newLabel('auto');
    const failed = await newLabel('auto-failed');
    const dispatch = { label: 'auto', assignee: 'boss', failureLabel: 'auto-failed', deadlineMs: 86_400_000 };
    const { collect, shown } = await startCollecting(gitea.url, [{ name, dispatch }]);
    const done = await newIssue(name, { labels: [auto] });
    const reopened = await newIssue(name, { labels: [auto], closed: true });
    const late = await newIssue(name);
    await newIssue(name);
    await collect(asBoss());
    await gitea.api('PATCH', `/repos/${name}/issues/${late}`, { assignees: ['boss'] });
    await setState(name, done, 'closed');
    await setState(name, reopened, 'open');
    await newIssue(name, { labels: [auto, failed] });
    await collect(asBoss());
    expect(await shown('dispatches')).toEqual([
      'dispatches success 1',
      'dispatches failure 2',
      'dispatches pending 1',
    ]);
  });

  test('a collector that is killed at random steps counts what was played once', async () => {
    const name = await newRepository('killed');
    const { path, remove } = temporaryDirectory();
    onTestFinished(remove);
    const [place, sent] = [join(path, 'history'), join(path, 'sent.jsonl')];
    const collect = (step: number) =>
      collectMortally([place, gitea.url, sent, String(step), name, gitea.token]);
    expect(await collect(0)).toEqual({ signal: null, printed: 'done' });
    const steps = Array.from({ length: 8 }, () => 1 + Math.floor(Math.random() * 30));
    for (const [round, step] of steps.entries()) {
      await setState(name, await newIssue(name), 'closed');
      await merge(name, await newChange(name, `change-${round}`));
      await collect(step);
    }
    expect(await collect(0)).toEqual({ signal: null, printed: 'done' });
    expect(arrivedCounts(sent), `killed at the steps ${steps.join()}`).toEqual({
      'issueEvents opened': steps.length,
      'issueEvents closed': steps.length,
      'changeEvents opened': steps.length,
      'changeEvents merged': steps.length,
      changeMerge: steps.length,
    });
  });

  test('follows the redirect of a renamed repository', async () => {
    const name = await newRepository('before');
    await newIssue(name);
    const { collect, counted } = await startCollecting(gitea.url, [{ name, label: 'team/app' }]);
    await collect(asBoss());
    await gitea.api('PATCH', `/repos/${name}`, { name: 'after' });
    await newIssue('boss/after');
    const { repositories } = await collect(asBoss());
    expect(repositories).toMatchObject([{ remarks: [expect.stringContaining('is called boss/after now')] }]);
    expect(await counted()).toEqual(['issueEvents opened 1']);
  });

  test.each([
    [
      'a token that is none',
      async () => '0123456789abcdef0123456789abcdef01234567',
      /does not accept the token \(401/,
    ],
    [
      'a token without rights',
      () => gitea.newToken('boss', 'read:user'),
      /may not read this \(403: token does not have/,
    ],
    [
      'no token, of a repository that is private',
      async () => undefined,
      /no such repository, or the token may not see/,
    ],
  ])('%s is said', async (_name, newToken, message) => {
    const name = `secret-${Math.random().toString(36).slice(2)}`;
    await gitea.api('POST', '/user/repos', { name, private: true });
    const { told } = await startCollecting(gitea.url, [{ name: `boss/${name}` }]);
    const token = await newToken();
    const [line = ''] = await told({ server: { url: gitea.url, token: () => token } });
    expect(line).toMatch(message);
    expect(line).not.toContain(token ?? 'nothing');
  });

  test('a token that may read, but not list runs, has no pipeline metrics and everything else', async () => {
    const name = await newRepository('readable');
    await newIssue(name);
    const user = {
      username: 'reader',
      password: 'a-long-passw0rd',
      email: 'r@example.org',
      must_change_password: false,
    };
    await gitea.api('POST', '/admin/users', user);
    const token = await gitea.newToken('reader', 'read:repository,read:issue');
    const { collect, shown } = await startCollecting(gitea.url, [{ name, label: 'team/app' }]);
    const { repositories } = await collect({ server: { url: gitea.url, token: () => token } });
    expect(repositories).toMatchObject([
      { kind: 'collected', remarks: [expect.stringContaining('the token may not list runs')] },
    ]);
    expect(await shown('openPipelineRuns')).toEqual([]);
    expect(await shown('openIssues')).toContain('openIssues day 1');
  });

  test.each(['json', 'form'])('signs its deliveries of %s as we check them', async (type) => {
    const name = await newRepository(`hooked-${type}`);
    const deliveries: { readonly body: Buffer; readonly headers: NodeJS.Dict<string | string[]> }[] = [];
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      deliveries.push({ body: Buffer.concat(pieces), headers: request.headers });
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const config = { url: `http://127.0.0.1:${port}/`, content_type: type, secret: 'shared' };
    await gitea.api('POST', `/repos/${name}/hooks`, {
      type: 'gitea',
      config,
      events: ['issues'],
      active: true,
    });
    const arrived = once(server, 'request');
    await newIssue(name);
    const [, response] = await arrived;
    await once(response, 'close');
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error('nothing was delivered');
    const signed = signedBytes(delivery.body, delivery.headers);
    expect(isSigned(signed, delivery.headers, 'shared')).toBe(true);
    expect(isSigned(signed, delivery.headers, 'other')).toBe(false);
    expect(isSigned(Buffer.concat([signed, Buffer.from(' ')]), delivery.headers, 'shared')).toBe(false);
    expect(deliveredRepository(signed)).toMatchObject({ fullName: name, id: expect.any(Number) });
  });
});
