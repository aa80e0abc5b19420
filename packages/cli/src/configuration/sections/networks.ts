/** `networks`: over what targets are reached, and who answers while a network is up. */
import type { Network } from '@ephemetry/health';
import { address, type SocketAddress } from '../shape/address.ts';
import { list } from '../shape/list.ts';
import { byName, type Named, optional, record } from '../shape/record.ts';
import type { Shape } from '../shape/shape.ts';
import { LABEL_NAME } from '../shape/text.ts';

/** What the section says. */
export interface GivenNetwork {
  readonly witnesses: readonly SocketAddress[] | undefined;
}

const WITNESSES = 8;

const network: Shape<GivenNetwork> = record<GivenNetwork>({
  witnesses: optional(
    'who answers, or refuses, while the network is up',
    list(address(['tcp'], 'tcp://192.0.2.1:22'), { most: WITNESSES }),
  ),
});

/** The section. */
export const NETWORKS: Shape<readonly Named<GivenNetwork>[]> = byName(LABEL_NAME, network);

/** What was read whole, as networks. */
export function networkOf({ name, value }: Named<GivenNetwork>): Network {
  return { name, witnesses: (value?.witnesses ?? []).map(({ host, port }) => ({ host, port })) };
}
