/** Labels and annotations are written by whoever may write a rule or a metric: on a real Gitea nothing of them takes effect. */
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
import { startReceiving } from './support/receiving.ts';

const HOSTILE = [
  '@victim @boss please look',
  'closes #1, see !1 and other/repo#2',
  '<img src=x onerror=alert(1)><script>alert(1)</script>',
  '[click](javascript:alert(1)) ![picture](http://evil.example.org/pixel.png)',
  'http://evil.example.org/login www.evil.example.org admin@evil.example.org',
  '` code ends ` @victim `` and here `` #1',
  '-->\n<!-- ephemetry-alert end -->\n\n# A heading\n\n@victim',
  '\r\n\r\n* [ ] a task\n| a | table |\n|--|--|\n',
  ':tada: **bold** ~~gone~~ $x^2$',
  '\u202egnp.exe \u0000\u0007\u001b[31m',
  'x'.repeat(100_000),
  '',
  ' ',
];

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
    const user = { username: 'victim', email: 'victim@example.org', password: 'a-long-passw0rd' };
    await gitea.api('POST', '/admin/users', { ...user, must_change_password: false });
  });
  afterAll(() => gitea?.stop());

  /** As people see it. */
  async function rendered({ name, token }: GiteaRepository, text: string): Promise<string> {
    const response = await fetch(`${gitea.url}/api/v1/markdown`, {
      method: 'POST',
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ Text: text, Mode: 'gfm', Context: `/${name}` }),
    });
    return await response.text();
  }

  const hostileGroup = (text: string, isResolved = false) => {
    const labels = { alertname: text, [text]: text, host: text };
    return alertNotification(labels, [{ labels, annotations: { summary: text, [text]: text }, isResolved }], {
      groupKey: text,
    });
  };

  test('no mention, link, picture, task, reference or heading of theirs is one', async () => {
    const repository = await newGiteaRepository(gitea, 'all');
    await gitea.api('POST', `/repos/${repository.name}/issues`, { title: 'An issue that is referred to' });
    const { deliver } = await startReceiving(gitea, repository);
    for (const text of HOSTILE) {
      expect(await deliver(hostileGroup(text))).toBe(200);
      expect(await deliver(hostileGroup(text))).toBe(200);
    }
    const [target, ...issues] = await repository.issues();
    expect(issues).toHaveLength(HOSTILE.length);
    for (const { title, body } of issues) {
      const html = await rendered(repository, body);
      const outsideOfCode = html.replaceAll(/<code>[^<]*<\/code>/g, '');
      expect(outsideOfCode).not.toMatch(/<(a|img|script|input|table|h\d|del)\b|victim|evil|javascript/i);
      expect([...title].length).toBeLessThanOrEqual(200);
      expect(title).not.toMatch(/[@#]|\p{Cc}/u);
    }
    const timeline = await gitea.api<object[] | null>('GET', `/repos/${repository.name}/issues/1/timeline`);
    expect(timeline ?? []).toEqual([]);
    expect(target?.state).toBe('open');
    const victim = await gitea.newToken('victim', 'all');
    const told = await fetch(`${gitea.url}/api/v1/notifications?all=true`, {
      headers: { authorization: `token ${victim}` },
    });
    expect(await told.json()).toEqual([]);
    for (const text of HOSTILE) expect(await deliver(hostileGroup(text, true))).toBe(200);
    expect((await repository.issues('open')).map(({ number }) => number)).toEqual([1]);
  });

  test('of many alerts fifty are listed and the rest are counted, and their end is found', async () => {
    const repository = await newGiteaRepository(gitea);
    const { deliver } = await startReceiving(gitea, repository);
    const group = { alertname: 'DiskFull' };
    const alerts = (isResolved: boolean) =>
      Array.from({ length: 700 }, (_, index) => ({ labels: { ...group, host: `h${index}` }, isResolved }));
    expect(await deliver(alertNotification(group, alerts(false)))).toBe(200);
    expect(await deliver(alertNotification(group, alerts(false).toReversed()))).toBe(200);
    const [issue] = await repository.issues();
    expect(issue?.body).toContain('**700 alerts fire**');
    expect(issue?.body).toContain('\nAnd 650 more.\n');
    expect(issue?.body.match(/^Since /gm)).toHaveLength(50);
    expect(await deliver(alertNotification(group, alerts(true)))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed']);
  });

  test('a locked conversation stops no issue from being closed', async () => {
    const repository = await newGiteaRepository(gitea);
    const reader = `writer${Date.now()}`;
    const user = { username: reader, email: `${reader}@example.org`, password: 'a-long-passw0rd' };
    await gitea.api('POST', '/admin/users', { ...user, must_change_password: false });
    const token = await gitea.newToken(reader, 'all');
    const { deliver } = await startReceiving(gitea, { name: repository.name, token });
    await deliver(diskFull('a'));
    await gitea.api('PUT', `/repos/${repository.name}/issues/1/lock`, {});
    expect(await deliver(diskFull('a', true))).toBe(200);
    expect(await repository.states()).toEqual(['1 closed']);
    expect(await repository.comments(1)).toEqual([]);
  });
});
