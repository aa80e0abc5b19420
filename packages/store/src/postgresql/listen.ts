/** Notifications need a connection that stays: one of its own, and of which it is known that it hears. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Connections, CuttableClient } from './connections.ts';
import type { Listener, Subscription } from './listener.ts';

/** How long a notification of our own may take before the connection counts as one that hears none. */
const HEARING_LIMIT_MS = 2_000;

/**
 * Listens on a channel.
 *
 * @param notify sends a notification over another connection
 * @param heartbeatMs how often the connection is asked whether it is there: it is silent by nature
 * @throws when the connection cannot be made.
 */
export async function listen(
  connections: Connections,
  notify: (channel: string) => Promise<unknown>,
  heartbeatMs: number,
  channel: string,
  listener: Listener,
): Promise<Subscription> {
  const client = connections.single();
  let isStopped = false;
  let heartbeat: NodeJS.Timeout | undefined;
  const stop = (): void => {
    isStopped = true;
    clearInterval(heartbeat);
    client.end().catch(() => {});
  };
  const lose = (error?: Error): void => {
    if (isStopped) return;
    stop();
    listener.onLost(client.cutBecause ?? error);
  };
  client.on('error', lose);
  client.on('end', () => lose());
  try {
    await client.connect();
    const ask = (text: string): Promise<unknown> => connections.guard(client, () => client.query(text));
    if (!(await hears(client, ask, notify))) {
      stop();
      return { isHeard: false, stop: async () => {} };
    }
    client.on('notification', (notification) => {
      if (notification.channel === channel) listener.onNotification();
    });
    await ask(`listen ${pg.escapeIdentifier(channel)}`);
    heartbeat = setInterval(() => ask('select 1').catch(() => {}), heartbeatMs);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    isHeard: true,
    stop: async () => stop(),
  };
}

/**
 * A pooler of transactions accepts LISTEN and gives the server's session to somebody else afterwards. Whether a
 * notification arrives is the only sign of it. On a channel of our own: LISTEN stays with that session.
 */
async function hears(
  client: CuttableClient,
  ask: (text: string) => Promise<unknown>,
  notify: (channel: string) => Promise<unknown>,
): Promise<boolean> {
  const channel = `ephemetry_${randomBytes(8).toString('hex')}`;
  let heard = (): void => {};
  const isHeard = new Promise<boolean>((resolve) => {
    heard = () => resolve(true);
    setTimeout(() => resolve(false), HEARING_LIMIT_MS).unref();
  });
  client.on('notification', (notification) => {
    if (notification.channel === channel) heard();
  });
  await ask(`listen ${channel}`);
  await notify(channel);
  const answer = await isHeard;
  await ask(`unlisten ${channel}`);
  return answer;
}
