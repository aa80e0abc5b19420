/** The life of an issue on a real Gitea, whose pages have seven entries at most. */
import {
  alertNotification,
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

  test('fires, is repeated, changes, is resolved and fires again: one issue, a comment for each change', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    const labels = { alertname: 'DiskFull', host: 'a' };
    const one = { labels: { ...labels, device: 'sda' } };
    const two = { labels: { ...labels, device: 'sdb' } };
    expect(await deliver(alertNotification(labels, [one]))).toBe(200);
    expect(await deliver(alertNotification({ alertname: 'Other' }, [one]))).toBe(200);
    const [first, second, ...others] = await repository.issues();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ title: '[p2] DiskFull: a', state: 'open', comments: 0 });
    expect(first?.body).toContain('**1 alert fires** since');
    expect(second).toMatchObject({ title: '[p2] Other', state: 'open' });

    expect(await deliver(alertNotification(labels, [one]))).toBe(200);
    expect(await repository.comments(1)).toEqual([]);
    expect(await deliver(alertNotification(labels, [one, two]))).toBe(200);
    expect(await deliver(alertNotification(labels, [two, one]))).toBe(200);
    expect(await repository.comments(1)).toEqual([
      '**2 alerts fire now**: 1 more fires. The text above says which.',
    ]);
    const resolved = [one, two].map((alert) => ({ ...alert, isResolved: true }));
    expect(await deliver(alertNotification(labels, resolved))).toBe(200);
    expect(await deliver(alertNotification(labels, resolved))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed', '2 open']);
    expect((await repository.issues())[0]?.body).toContain('**Nothing fires.** The alert fired for 10 min');
    expect((await repository.comments(1)).slice(1)).toEqual(['**Resolved** after 10 min.']);

    expect(await deliver(alertNotification(labels, [one]))).toBe(200);
    expect(await deliver(alertNotification(labels, [one]))).toBe(200);
    expect(await repository.states()).toEqual(['1 open', '2 open']);
    const [, , again = '', ...more] = await repository.comments(1);
    expect(more).toEqual([]);
    expect(again).toMatch(
      /^\*\*Fires again\.\*\* Last time it fired for 10 min, from .* to .* \(\[how it ended\]\(<http:\/\/.*#issuecomment-\d+>\)\)\.$/,
    );
  });

  test('a resolution of what was never filed does nothing', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    expect(await deliver(diskFull('a', true))).toBe(200);
    expect(await repository.states()).toEqual([]);
  });

  test('an edited route files no second issue', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a', false, { groupKey: '{}/{severity="p2"}:{}' }));
    await deliver(diskFull('a', false, { groupKey: '{}/{severity=~"p2|p3"}:{}' }));
    await deliver(diskFull('a', true, { groupKey: '{}/{severity=~"p.*"}:{}' }));
    expect(await repository.states()).toEqual(['1 closed']);
  });
});
