/** A receiver of a repository of its own on a real Gitea, and what became of it there. */
import type { Gitea } from '@ephemetry/testing';
import { createNoopMeter } from '@opentelemetry/api';
import { type AlertReceiver, type AlertReceiverOptions, createAlertReceiver } from '../../src/index.ts';

/** An issue as the API has it. */
interface SeenIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly labels: readonly { readonly name: string }[];
  readonly comments: number;
}

/** The repository, as somebody looks at it who is not the receiver. */
export interface Repository {
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

let count = 0;

/** A repository of `boss`, and a token of a user of its own that may do what a receiver needs. */
export async function newRepository(
  gitea: Gitea,
  scopes = 'read:user,read:repository,write:issue',
): Promise<Repository> {
  count += 1;
  const name = `boss/alerts-${count}`;
  await gitea.api('POST', '/user/repos', { name: name.split('/')[1] });
  const bot = `bot-${count}`;
  const user = { username: bot, email: `${bot}@example.org`, password: 'a-long-passw0rd' };
  await gitea.api('POST', '/admin/users', { ...user, must_change_password: false });
  await gitea.api('PUT', `/repos/${name}/collaborators/${bot}`, { permission: 'write' });
  const token = await gitea.newToken(bot, scopes);
  const repository: Repository = {
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

/** What a receiver was told last, and by whom. */
export interface Receiving {
  readonly receiver: AlertReceiver;
  readonly problems: string[];
  /** The status of the answer. */
  deliver(body: object): Promise<number>;
}

/** Starts a receiver. */
export async function startReceiving(
  gitea: Pick<Gitea, 'url'>,
  { name, token }: Pick<Repository, 'name' | 'token'>,
  more: Partial<AlertReceiverOptions> = {},
): Promise<Receiving> {
  const problems: string[] = [];
  const receiver = createAlertReceiver({
    server: { url: gitea.url, token: () => token },
    repository: name,
    source: 'alertmanager',
    reopenWithinMs: 3_600_000,
    issuesPerHour: 0,
    graceMs: 600_000,
    meter: createNoopMeter(),
    onProblem: (line) => problems.push(line),
    ...more,
  });
  const started = await receiver.start();
  if (started.kind !== 'ready') throw new Error(started.problem);
  return {
    receiver,
    problems,
    deliver: async (body) => (await receiver.take(Buffer.from(JSON.stringify(body)))).status,
  };
}
