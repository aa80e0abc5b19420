/** A receiver of a repository on a real Gitea. */
import type { Gitea, GiteaRepository } from '@ephemetry/testing';
import { createNoopMeter } from '@opentelemetry/api';
import { type AlertReceiver, type AlertReceiverOptions, createAlertReceiver } from '../../src/index.ts';

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
  { name, token }: Pick<GiteaRepository, 'name' | 'token'>,
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
