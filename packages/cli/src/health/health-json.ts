/** A round as `--json` prints it. */
import type { RoundReport, TargetReading } from '@ephemetry/health';
import {
  boolean,
  integer,
  type JsonSchema,
  list,
  maybe,
  nullable,
  number,
  object,
  string,
  word,
} from '../command-line/json-schema.ts';

const STATE = word('What the probe found.', ['up', 'down', 'unreachable']);

const PHASES = object('Seconds of each phase that was completed.', {
  resolve: maybe(number('Finding the addresses of the name.')),
  connect: maybe(number('Connecting.')),
  tls: maybe(number('The TLS handshake.')),
  first_byte: maybe(number('From the request to the first byte of the answer.')),
  transfer: maybe(number('From the head of the answer to its end.')),
});

/** A line of each verb. */
export const ROUND_JSON: JsonSchema = object('A round.', {
  unix_ms: integer('When it ended, in milliseconds since 1970.'),
  vantage: string('Where the prober stands.'),
  targets: list(
    'Every target that was asked for.',
    object('One of them. Its address is not named.', {
      target: string('Its name.'),
      class: string('What kind of thing it is.'),
      network: maybe(string('The network it is reached over.')),
      state: nullable(STATE),
      reason: maybe(string('Why it is not up, or was not measured.')),
      seconds: number('How long the probe took.'),
      phases: PHASES,
      certificate_expiry_unix_seconds: maybe(
        number('When the certificate that was presented expires, in seconds since 1970.'),
      ),
    }),
  ),
  networks: list(
    'Every network that is declared.',
    object('One of them.', {
      network: string('Its name.'),
      is_isolated: nullable(
        boolean(
          'Whether no witness answers; null when no witness is declared, or none was or could be asked and no target of it was heard.',
        ),
      ),
    }),
  ),
});

/** One round as a value for {@link ROUND_JSON}. */
export function roundJson({ targets, networks }: RoundReport, vantage: string, unixMs: number): object {
  return {
    unixMs,
    vantage,
    targets: targets.map(targetJson),
    networks: networks.map(({ network, isIsolated }) => ({
      network: network.name,
      isIsolated: isIsolated ?? null,
    })),
  };
}

function targetJson({ target, facts, judgement }: TargetReading): object {
  const { reason } = judgement;
  return {
    target: target.name,
    class: target.class,
    network: target.network,
    state: judgement.kind === 'judged' ? judgement.state : null,
    reason: reason === '' ? undefined : reason,
    seconds: facts.seconds,
    phases: facts.phases,
    certificateExpiryUnixSeconds: facts.certificateExpiryUnixSeconds,
  };
}
