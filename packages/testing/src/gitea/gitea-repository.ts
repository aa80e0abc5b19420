/** A repository of its own on a real Gitea, and what became of its issues. */
import { randomUUID } from 'node:crypto';
import type { Gitea } from './start-gitea.ts';

/** An issue as the API has it. */
interface SeenIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly labels: readonly { readonly name: string }[];
  readonly comments: number;
}

/** The repository, as somebody looks at it who is not the program under test. */
export interface GiteaRepository {
  readonly name: string;
  readonly token: string;
  /** The oldest first. */
  issues(state?: string): Promise<readonly SeenIssue[]>;
  /** `1 open`, `2 closed`, in their order. */
  states(): Promise<readonly string[]>;
  /** The first line of each comment. */
  comments(number: number): Promise<readonly string[]>;
  edit(number: number, change: object): Promise<unknown>;
}

/** A repository of `boss`, and a token of a user of its own with these scopes. */
export async function newGiteaRepository(
  gitea: Gitea,
  scopes: string = 'read:user,read:repository,write:issue',
): Promise<GiteaRepository> {
  const id = randomUUID().slice(0, 8);
  const name = `boss/alerts-${id}`;
  await gitea.api('POST', '/user/repos', { name: name.split('/')[1] });
  const bot = `bot-${id}`;
  const user = { username: bot, email: `${bot}@example.org`, password: 'a-long-passw0rd' };
  await gitea.api('POST', '/admin/users', { ...user, must_change_password: false });
  await gitea.api('PUT', `/repos/${name}/collaborators/${bot}`, { permission: 'write' });
  const token = await gitea.newToken(bot, scopes);
  const repository: GiteaRepository = {
    name,
    token,
    issues: async (state = 'all') => {
      const all: SeenIssue[] = [];
      for (let page = 1; ; page += 1) {
        const path = `/repos/${name}/issues?state=${state}&type=issues&page=${page}`;
        const entries = await gitea.api<SeenIssue[]>('GET', path);
        all.push(...entries);
        if (entries.length === 0) return all.sort((a, b) => a.number - b.number);
      }
    },
    states: async () => (await repository.issues()).map(({ number, state }) => `${number} ${state}`),
    comments: async (number) => {
      const path = `/repos/${name}/issues/${number}/comments`;
      const comments = await gitea.api<{ body: string }[]>('GET', path);
      return comments.map(({ body }) => body.split('\n')[0] ?? '');
    },
    edit: (number, change) => gitea.api('PATCH', `/repos/${name}/issues/${number}`, change),
  };
  return repository;
}
