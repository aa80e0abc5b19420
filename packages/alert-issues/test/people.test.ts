/** People work on the same issues: what they write, name and close stays, and what they cannot be spared is said once. */
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

  test('a title, labels and text of people stay when the set of alerts changes and when it is resolved', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    const group = { alertname: 'DiskFull', host: 'a' };
    const one = { labels: { ...group, device: 'sda' } };
    await deliver(alertNotification(group, [one]));
    const [opened] = await repository.issues();
    const body = `We look at it.\n\n${opened?.body}\n\nIt is the log again.`;
    await repository.edit(1, { title: 'The log fills the disk', body });
    const label = { name: 'storage', color: '#aabbcc' };
    const { id } = await gitea.api<{ id: number }>('POST', `/repos/${repository.name}/labels`, label);
    await gitea.api('POST', `/repos/${repository.name}/issues/1/labels`, { labels: [id] });
    await deliver(alertNotification(group, [one, { labels: { ...group, device: 'sdb' } }]));
    await deliver(alertNotification(group, [{ ...one, isResolved: true }]));
    const [issue] = await repository.issues();
    expect(issue).toMatchObject({
      title: 'The log fills the disk',
      state: 'closed',
      labels: [{ name: 'storage' }],
    });
    expect(issue?.body).toMatch(/^We look at it\.\n\n<!-- ephemetry-alert/);
    expect(issue?.body).toMatch(/<!-- ephemetry-alert end -->\n\nIt is the log again\.$/);
    expect(issue?.body).toContain('**Nothing fires.**');
    expect(issue?.body).not.toContain('**1 alert fires**');
  });

  test('an issue that a person closes stays closed until its alert was resolved once', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    await repository.edit(1, { state: 'closed' });
    expect(await deliver(diskFull('a'))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed']);
    expect(await deliver(diskFull('a', true))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed']);
    expect(await repository.comments(1)).toEqual([]);
    await deliver(diskFull('a'));
    expect(await repository.states()).toEqual(['1 open']);
  });

  test('an issue that a person opens again stays open when nothing fires', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver, receiver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    await deliver(diskFull('a', true));
    await repository.edit(1, { state: 'open' });
    await deliver(diskFull('a', true));
    await receiver.tend();
    expect(await repository.states()).toEqual(['1 open']);
  });

  test('an issue with open dependencies says once that it cannot be closed, and is closed when they are', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver, receiver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    await gitea.api('POST', `/repos/${repository.name}/issues`, { title: 'Buy a disk' });
    const [owner, repo] = repository.name.split('/');
    const dependency = { owner, repo, index: 2 };
    await gitea.api('POST', `/repos/${repository.name}/issues/1/dependencies`, dependency);
    expect(await deliver(diskFull('a', true))).toBe(200);
    expect(await deliver(diskFull('a', true))).toBe(200);
    await receiver.tend();
    expect(await repository.states()).toEqual(['1 open', '2 open']);
    expect(await repository.comments(1)).toEqual([
      '**Resolved** after 10 min.',
      'This issue cannot be closed, as it has open dependencies. It is closed when they are.',
    ]);
    await repository.edit(2, { state: 'closed' });
    await receiver.tend();
    expect(await repository.states()).toEqual(['1 closed', '2 closed']);
    expect(await repository.comments(1)).toHaveLength(2);
  });

  test('an issue that people took the block out of is theirs, and another one is opened', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    await repository.edit(1, { body: 'Ours now.' });
    await deliver(diskFull('a'));
    expect(await repository.states()).toEqual(['1 open', '2 open']);
    expect((await repository.issues())[0]?.body).toBe('Ours now.');
  });

  test('a deleted issue is opened anew', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    await gitea.api('DELETE', `/repos/${repository.name}/issues/1`);
    expect(await deliver(diskFull('a'))).toBe(200);
    expect(await repository.states()).toEqual(['2 open']);
  });

  test('an issue of somebody else that quotes ours is not ours', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    await deliver(diskFull('a'));
    const [ours] = await repository.issues();
    const user = {
      username: `eve${Math.random().toString(36).slice(2)}`,
      email: 'eve@example.org',
      password: 'a-long-passw0rd',
    };
    await gitea.api('POST', '/admin/users', {
      ...user,
      email: `${user.username}@example.org`,
      must_change_password: false,
    });
    const eve = await gitea.newToken(user.username, 'write:issue');
    await fetch(`${gitea.url}/api/v1/repos/${repository.name}/issues`, {
      method: 'POST',
      headers: { authorization: `token ${eve}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'mine', body: ours?.body }),
    });
    await gitea.api('DELETE', `/repos/${repository.name}/issues/1`);
    await deliver(diskFull('a', true));
    expect(await repository.states()).toEqual(['2 open']);
    expect(await repository.comments(2)).toEqual([]);
  });
});
