/** What another receiver does meanwhile, a Gitea that is killed between the text and the state of an issue, and how much is asked of one where nothing changes. */
import {
  alertNotification,
  diskFull,
  GITEA_NEEDED,
  type Gitea,
  type GiteaRepository,
  hasGitea,
  newGiteaRepository,
  startGitea,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiving, startReceiving } from './support/receiving.ts';

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  /** The text of a change arrives, its state does not, as if the server had been killed in between. */
  const halfDone: typeof fetch = async (url, init) => {
    if (init?.method !== 'PATCH') return fetch(url, init);
    const { state: _, ...change } = JSON.parse(String(init.body));
    await fetch(url, { ...init, body: JSON.stringify(change) });
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
  };

  const startWith = (repository: GiteaRepository, given: typeof fetch): Promise<Receiving> =>
    startReceiving(gitea, repository, {
      server: { url: gitea.url, token: () => repository.token, fetch: given },
    });

  test('an issue whose text says that nothing fires is closed, by what is told again or by a round', async () => {
    const repository = await newGiteaRepository(gitea);
    const well = await startReceiving(gitea, repository);
    const ill = await startWith(repository, halfDone);
    for (const host of ['a', 'b']) {
      await well.deliver(diskFull(host));
      expect(await ill.deliver(diskFull(host, true))).toBe(503);
    }
    expect(await repository.states()).toEqual(['1 open', '2 open']);
    expect(await well.deliver(diskFull('a', true))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed', '2 open']);
    await well.receiver.tend();
    expect(await repository.states()).toEqual(['1 closed', '2 closed']);
    expect(await repository.comments(1)).toEqual(['**Resolved** after 10 min.']);
    expect(await repository.comments(2)).toEqual(['**Resolved** after 10 min.']);
  });

  test('an issue whose text says that its alerts fire again is opened, and it is not taken for closed by a person', async () => {
    const repository = await newGiteaRepository(gitea);
    const well = await startReceiving(gitea, repository);
    const ill = await startWith(repository, halfDone);
    await well.deliver(diskFull('a'));
    await well.deliver(diskFull('a', true));
    expect(await ill.deliver(diskFull('a'))).toBe(503);
    expect(await repository.states()).toEqual(['1 closed']);
    expect(await well.deliver(diskFull('a'))).toBe(200);
    expect(await repository.states()).toEqual(['1 open']);
    expect(await repository.comments(1)).toHaveLength(2);
  });

  test('a resolution that comes late ends nothing that fires again meanwhile', async () => {
    const repository = await newGiteaRepository(gitea);
    const group = { alertname: 'DiskFull', host: 'a' };
    const other = await startReceiving(gitea, repository);
    const again = alertNotification(group, [{ labels: group, startedMs: Date.now() }]);
    let isFirst = true;
    // Between what the slow one says and what it writes the other one is told the same, and that it fires again.
    const { deliver } = await startWith(repository, async (url, init) => {
      const response = await fetch(url, init);
      if (isFirst && init?.method === 'POST' && String(url).endsWith('/comments')) {
        isFirst = false;
        await other.deliver(diskFull('a', true));
        await other.deliver(again);
      }
      return response;
    });
    await deliver(alertNotification(group, [{ labels: group, startedMs: Date.now() - 1_200_000 }]));
    expect(
      await deliver(
        alertNotification(group, [{ labels: group, startedMs: Date.now() - 1_200_000, isResolved: true }]),
      ),
    ).toBe(200);
    expect(isFirst).toBe(false);
    expect(await repository.states()).toEqual(['1 open']);
    expect((await repository.comments(1)).map((comment) => comment.slice(0, 12))).toEqual([
      '**Resolved**',
      '**Fires agai',
    ]);
  });

  test('a notification that changes nothing asks Gitea once, however many issues there are', async () => {
    const repository = await newGiteaRepository(gitea);
    let requests = 0;
    const { deliver } = await startWith(repository, (url, init) => {
      requests += 1;
      return fetch(url, init);
    });
    for (let host = 0; host < 20; host += 1) await deliver(diskFull(`h${host}`));
    requests = 0;
    expect(await deliver(diskFull('h3'))).toBe(200);
    expect(requests).toBe(1);
    // Of a receiver that was just started, which reads both lists: three pages of seven and none that is closed.
    requests = 0;
    const later = await startWith(repository, (url, init) => {
      requests += 1;
      return fetch(url, init);
    });
    const begun = requests;
    expect(await later.deliver(diskFull('h3'))).toBe(200);
    expect(requests - begun).toBe(5);
  });
});
