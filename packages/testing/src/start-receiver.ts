import { FaultyReceiver } from './faulty-receiver.ts';
import { claimPort } from './free-ports.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';

/**
 * Starts a receiver on 127.0.0.1.
 *
 * @throws {Error} when the port is taken.
 * @example
 * import { equal } from 'node:assert/strict';
 * import { startReceiver } from '@ephemetry/testing';
 *
 * await using receiver = await startReceiver();
 * receiver.behave({ kind: 'status', status: 503, times: 1 });
 * const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"resourceMetrics":[]}' };
 * const post = async () => (await fetch(receiver.url, request)).status;
 * equal(await post(), 503);
 * equal(await post(), 200);
 * await receiver.waitFor(() => receiver.requests.length === 2, { what: 'both requests' });
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = new FaultyReceiver(options);
  await receiver.listen(options.port ?? (await claimPort()));
  return receiver;
}
