/**
 * What verbs share that serve a page of metrics: where they listen, how often they look, and that the page is there as long as
 * the work behind it.
 */
import { type MetricsPage, type MetricsPageOptions, startMetricsPage } from '@ephemetry/receiver';
import { defaulted, type Option } from '../command-line/option.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { describeListenFault, duration, listenAddress, parseListenAddress } from './serve-options.ts';

const SHORTEST_INTERVAL_MS = 1_000;

/** `--listen`, with an address that no other verb takes. */
export function listenOption(address: string): Option<string> {
  return defaulted('address', 'address and port to listen on', listenAddress, address);
}

/** `--interval`. @param look what is done at each: a round, a collect */
export function intervalOption(look: string, interval: string): Option<string> {
  const reader = duration(SHORTEST_INTERVAL_MS, '24h');
  return defaulted('duration', `from the start of a ${look} to the next`, reader, interval);
}

/**
 * Serves the page until the work is over, which a signal ends.
 *
 * @param work is given the URL of the page; not begun when nothing can listen
 */
export async function servePage(
  listen: string,
  page: Omit<MetricsPageOptions, 'host' | 'port'>,
  output: Output,
  work: (url: string) => Promise<void>,
): Promise<ExitCode> {
  const address = parseListenAddress(listen);
  let served: MetricsPage;
  try {
    served = await startMetricsPage({ ...address, ...page });
  } catch (error) {
    output.printError(`${describeListenFault(error, address)}\n`);
    return EXIT_CODE.failed;
  }
  // A page of a program that does nothing any more would be taken for its metrics.
  await work(served.url).finally(() => served.close());
  return EXIT_CODE.done;
}
