/** Several receivers, and answers that are lost: of two issues for one alert the first one stays. */
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

  test('two receivers that are told at the same time leave one open issue, and twins that say so', async () => {
    const repository = await newGiteaRepository(gitea);
    const receivers = await Promise.all([1, 2].map(() => startReceiving(gitea, repository)));
    for (const host of ['a', 'b', 'c', 'd']) {
      await Promise.all(receivers.map(({ deliver }) => deliver(diskFull(host))));
    }
    const issues = await repository.issues();
    const open = issues.filter(({ state }) => state === 'open');
    expect(open.map(({ title }) => title).toSorted()).toEqual(
      ['a', 'b', 'c', 'd'].map((host) => `[p2] DiskFull: ${host}`),
    );
    for (const { number } of issues.filter(({ state }) => state === 'closed')) {
      expect(await repository.comments(number)).toEqual([
        expect.stringMatching(/^The same alert as #\d+, which was opened at the same time and stays\.$/),
      ]);
    }
    await Promise.all(receivers.map(({ deliver }) => deliver(diskFull('a', true))));
    const [first] = issues.filter(({ title }) => title.endsWith(' a'));
    const said = await repository.comments(first?.number ?? 0);
    expect(said).toEqual(['**Resolved** after 10 min.']);
    await Promise.all(receivers.map(({ deliver }) => deliver(diskFull('a'))));
    const after = await repository.issues();
    expect(after.filter(({ title, state }) => title.endsWith(' a') && state === 'open')).toEqual([
      expect.objectContaining({ number: first?.number }),
    ]);
  });

  test('an issue whose answer is lost is found before another one is opened', async () => {
    const repository = await newGiteaRepository(gitea);
    let lost = 0;
    const losing: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (init?.method === 'GET') return response;
      lost += 1;
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
      });
    };
    const { receiver } = await startReceiving(gitea, repository);
    await receiver.take(Buffer.from(JSON.stringify(diskFull('other'))));
    const loser = await startLosing(losing);
    const answers: number[] = [];
    for (const body of [diskFull('a'), diskFull('a', true)]) {
      for (let status = 503; status !== 200 && answers.length < 30; ) {
        status = await loser(body);
        answers.push(status);
      }
    }
    // Opened; a comment; closed.
    expect(lost).toBe(3);
    expect(await repository.states()).toEqual(['1 open', '2 closed']);
    expect(await repository.comments(2)).toEqual(['**Resolved** after 10 min.']);

    /** Every answer to what it writes is lost; what it is told at the start is not. */
    async function startLosing(lossy: typeof fetch): Promise<(body: object) => Promise<number>> {
      let isLosing = false;
      const { deliver } = await startReceiving(gitea, repository, {
        server: {
          url: gitea.url,
          token: () => repository.token,
          fetch: (url, init) => (isLosing ? lossy : fetch)(url, init),
        },
      });
      isLosing = true;
      return deliver;
    }
  });

  test('a twin that a killed receiver left is closed by the next round', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver, receiver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    const [issue] = await repository.issues();
    const twin = { title: issue?.title, body: issue?.body };
    await fetch(`${gitea.url}/api/v1/repos/${repository.name}/issues`, {
      method: 'POST',
      headers: { authorization: `token ${repository.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(twin),
    });
    await receiver.tend();
    expect(await repository.states()).toEqual(['1 open', '2 closed']);
    expect((await repository.issues())[1]?.body).toContain('**A twin of #1**');
  });
});
