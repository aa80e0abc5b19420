/** A runner that runs nothing: it takes the tasks of a Gitea and says how they ended, as act_runner does over the same calls. */
import { waitFor } from '../wait-for.ts';
import type { Gitea } from './start-gitea.ts';

/** A registered runner. */
export interface Runner {
  /** Takes a task; the forge makes one in the background. */
  take(): Promise<string>;
  /** Ends it. */
  end(task: string, result: 'RESULT_SUCCESS' | 'RESULT_FAILURE', seconds: number): Promise<void>;
}

type Call = (name: string, body: object) => Promise<Record<string, unknown>>;

/** Registers a runner of one repository. */
export async function startRunner({ url, api }: Gitea, repository: string): Promise<Runner> {
  const path = `/repos/${repository}/actions/runners/registration-token`;
  const { token } = await api<{ token: string }>('GET', path);
  const labels = ['ubuntu-latest'];
  const registered = await caller(url, {})('Register', { name: 'runner', token, version: 'v0.2.11', labels });
  const runner = Object(registered['runner']);
  const call = caller(url, { 'x-runner-uuid': runner.uuid, 'x-runner-token': runner.token });
  await call('Declare', { version: 'v0.2.11', labels });
  return {
    take: async () => {
      let taken = '';
      const take = async (): Promise<boolean> => {
        const { task } = await call('FetchTask', { tasksVersion: '0' });
        const { id } = Object(task);
        if (typeof id === 'string') taken = id;
        return taken !== '';
      };
      await waitFor(take, { what: 'a task waits' });
      return taken;
    },
    end: async (id, result, seconds) => {
      const stoppedMs = Date.now();
      const startedAt = new Date(stoppedMs - seconds * 1000).toISOString();
      const state = { id, result, startedAt, stoppedAt: new Date(stoppedMs).toISOString() };
      await call('UpdateTask', { state });
    },
  };
}

/** Connect's JSON: whole numbers of 64 bits are texts. */
function caller(url: string, headers: Readonly<Record<string, string>>): Call {
  return async (name, body) => {
    const response = await fetch(`${url}/api/actions/runner.v1.RunnerService/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    const answer: Record<string, unknown> = Object(await response.json());
    return answer;
  };
}
