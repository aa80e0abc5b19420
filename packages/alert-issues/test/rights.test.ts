/** What is wrong is named before the first alert, on a real Gitea. */

import { GITEA_NEEDED, type Gitea, hasGitea, newGiteaRepository, startGitea } from '@ephemetry/testing';
import { createNoopMeter } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAlertReceiver } from '../src/index.ts';

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  interface Given {
    readonly repository: string;
    readonly token: string;
    readonly labels?: readonly string[];
    readonly url?: string;
  }

  /** `ready`, or what is said. */
  async function started({ repository, token, labels = [], url = gitea.url }: Given): Promise<string> {
    const receiver = createAlertReceiver({
      server: { url, token: () => token },
      ...{ repository, labels, source: 'alertmanager' },
      ...{ reopenWithinMs: 1000, issuesPerHour: 0, graceMs: 1000 },
      meter: createNoopMeter(),
      onProblem: () => {},
    });
    const outcome = await receiver.start();
    expect(receiver.problem() === undefined).toBe(outcome.kind === 'ready');
    return outcome.kind === 'ready' ? 'ready' : `${outcome.kind}: ${outcome.problem}`;
  }

  test('a token that may do all is ready, and looking changes nothing', async () => {
    const { name, token, issues } = await newGiteaRepository(gitea);
    expect(await started({ repository: name, token })).toBe('ready');
    expect(await issues()).toEqual([]);
  });

  test.each([
    ['read:repository,write:issue', 'who the token belongs to cannot be read; the token needs read:user'],
    ['read:user,write:issue', 'cannot be read; the token needs read:repository'],
    ['read:user,read:repository', 'cannot be written; the token needs write:issue'],
    ['read:user,read:repository,read:issue', 'cannot be written; the token needs write:issue'],
  ])('a token with %s only is told what it lacks', async (scopes, said) => {
    const { name, token } = await newGiteaRepository(gitea, scopes);
    const told = await started({ repository: name, token });
    expect(told).toMatch(/^wrong: /);
    expect(told).toContain(said);
  });

  test('a token that is none, a repository that is not there, and one that is called otherwise are named', async () => {
    const { name, token } = await newGiteaRepository(gitea);
    expect(await started({ repository: name, token: 'f'.repeat(40) })).toMatch(
      /does not accept the token \(401/,
    );
    expect(await started({ repository: 'boss/nowhere', token })).toBe(
      'wrong: the repository boss/nowhere cannot be read: there is no such repository or issue, or the token may not see it (404): check --repository',
    );
    await gitea.api('PATCH', `/repos/${name}`, { name: `${name.split('/')[1]}-new` });
    expect(await started({ repository: name, token })).toMatch(
      /Gitea redirects to .*-new, where the token is not sent/,
    );
  });

  test('a repository without issues, and one that is archived, are named', async () => {
    const { name, token } = await newGiteaRepository(gitea);
    await gitea.api('PATCH', `/repos/${name}`, { has_issues: false });
    expect(await started({ repository: name, token })).toContain('has no issues: turn them on');
    await gitea.api('PATCH', `/repos/${name}`, { has_issues: true });
    await gitea.api('PATCH', `/repos/${name}`, { archived: true });
    expect(await started({ repository: name, token })).toContain('is archived');
  });

  test('a label that is not there, and a user who may set none, are named', async () => {
    const { name, token } = await newGiteaRepository(gitea);
    await gitea.api('POST', `/repos/${name}/labels`, { name: 'alert', color: '#aabbcc' });
    expect(await started({ repository: name, token, labels: ['alert'] })).toBe('ready');
    expect(await started({ repository: name, token, labels: ['alert', 'alerts'] })).toBe(
      'wrong: there is no label "alerts" in the repository: make it there, or change --label',
    );
    const user = { username: 'reader', email: 'reader@example.org', password: 'a-long-passw0rd' };
    await gitea.api('POST', '/admin/users', { ...user, must_change_password: false });
    const reading = await gitea.newToken('reader', 'all');
    expect(await started({ repository: name, token: reading })).toBe('ready');
    expect(await started({ repository: name, token: reading, labels: ['alert'] })).toContain(
      "the token's user may not set labels",
    );
  });

  test('a Gitea that is away may come back: that is no fault of a setting', async () => {
    const { name, token } = await newGiteaRepository(gitea);
    const url = 'http://127.0.0.1:1';
    expect(await started({ repository: name, token, url })).toMatch(/^away: .*cannot be reached/);
  });
});
