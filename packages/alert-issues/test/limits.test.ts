/** Many alerts at once: no more issues than are allowed, one that counts the rest, and each of those when its time has come. */
import {
  diskFull,
  GITEA_NEEDED,
  type Gitea,
  hasGitea,
  newGiteaRepository,
  startGitea,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiving } from './support/receiving.ts';

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  test('more groups than an hour allows are counted in one issue, and told to come again', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver, receiver } = await startReceiving(gitea, repository, { issuesPerHour: 3 });
    const hosts = ['a', 'b', 'c', 'd', 'e'];
    const statuses = await Promise.all(hosts.map((host) => deliver(diskFull(host))));
    expect(statuses.toSorted()).toEqual([200, 200, 200, 503, 503]);
    await receiver.tend();
    const issues = await repository.issues();
    expect(issues).toHaveLength(4);
    const [limit] = issues.filter(({ title }) => title === '[p2] AlertIssuesLimited');
    expect(limit?.body).toContain('2 more groups of alerts fire than --issues-per-hour (3) allows');
    expect(limit?.comments).toBe(0);
    // A repeat of those that have an issue is none more.
    const again = await Promise.all(hosts.map((host) => deliver(diskFull(host))));
    expect(again.toSorted()).toEqual([200, 200, 200, 503, 503]);
  });

  test('a new receiver keeps to the limit of the last one, and opens what waits when the hour allows', async () => {
    const repository = await newGiteaRepository(gitea);
    const first = await startReceiving(gitea, repository, { issuesPerHour: 1 });
    await first.deliver(diskFull('a'));
    const second = await startReceiving(gitea, repository, { issuesPerHour: 1 });
    expect(await second.deliver(diskFull('b'))).toBe(503);
    expect(await repository.states()).toEqual(['1 open', '2 open']);
    const later = await startReceiving(gitea, repository, { issuesPerHour: 2 });
    expect(await later.deliver(diskFull('b'))).toBe(200);
    await later.receiver.tend();
    expect(await repository.states()).toEqual(['1 open', '2 closed', '3 open']);
  });
});
