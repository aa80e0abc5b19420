import { OtlpReceiver } from './otlp-receiver.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';

/**
 * Starts a receiver on 127.0.0.1.
 *
 * @throws {Error} when the port is taken.
 * @example
 * await using receiver = await startReceiver();
 * receiver.behave({ kind: 'status', status: 503, times: 1 });
 * await receiver.waitFor(() => receiver.batches.length === 1, { what: 'the batch' });
 * assertTotals(receiver.totals(), { counters: { runs_total: { 'outcome=ok': 1 } } });
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = new OtlpReceiver(options);
  await receiver.listen(options.port ?? 0);
  return receiver;
}
