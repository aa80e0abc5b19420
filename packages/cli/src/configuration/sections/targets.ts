/** `targets`: the services that are probed. */
import type { HttpExpectation, Probe, SecretText, Target } from '@ephemetry/health';
import { present } from '../../command-line/present.ts';
import { type GivenMapping, quoted } from '../given.ts';
import { address, type PageAddress, type SocketAddress } from '../shape/address.ts';
import { list } from '../shape/list.ts';
import { durationMs } from '../shape/number.ts';
import { byName, isGiven, type Named, optional, record, required } from '../shape/record.ts';
import { hiddenText, secretText } from '../shape/secret-text.ts';
import { type Located, located, type Refuse, type Shape } from '../shape/shape.ts';
import { LABEL_NAME, type NameRule, name, nameRule, oneOf, text } from '../shape/text.ts';
import { EXPECTATION } from './expectation.ts';

/** What the section says. */
export interface GivenTarget {
  readonly class: Located<string>;
  readonly network: Located<string> | undefined;
  readonly url: PageAddress | SocketAddress | undefined;
  readonly command: readonly string[] | undefined;
  readonly deadline: number | undefined;
  readonly method: string | undefined;
  readonly headers: readonly Named<SecretText>[] | undefined;
  readonly body: SecretText | undefined;
  readonly expect: HttpExpectation | undefined;
  readonly redirects: 'none' | 'same_origin' | 'any' | undefined;
  readonly authorities: SecretText | undefined;
  readonly server_name: string | undefined;
  readonly environment: readonly Named<SecretText>[] | undefined;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const HEADER_NAME = nameRule("[A-Za-z0-9!#$%&'*+.^_`|~-]+", 64, 'the name of a header');
const VARIABLE_NAME = nameRule('[A-Za-z_][A-Za-z0-9_]*', 64, 'the name of a variable');
/** Names of headers and variables whose values are secrets. */
const IS_SECRET = /^(proxy-)?authorization$|cookie|token|secret|passw|credential|api[-_]?key/i;

/** A value stays in a file or variable when its name says that it is a secret. */
function values(rule: NameRule): Shape<readonly Named<SecretText>[]> {
  return byName(rule, secretText, (each) => (IS_SECRET.test(each) ? hiddenText : secretText));
}

const target: Shape<GivenTarget> = record<GivenTarget>({
  class: required('what kind of thing it is, such as gateway', located(name(LABEL_NAME))),
  network: optional('the network that it is reached over, one of networks', located(name(LABEL_NAME))),
  url: optional(
    'where it is: http:// and https:// ask for a page, tcp:// connects, tls:// looks at the certificate',
    address(['http', 'https', 'tcp', 'tls'], 'http://192.0.2.7:8080/health'),
  ),
  command: optional(
    'instead of a URL: a program with its arguments, run without a shell; 0 is up',
    list(text(4096), { least: 1, most: 64 }),
  ),
  deadline: optional('how long a probe may take, 5s unless given', durationMs('100ms', '1m')),
  method: optional('of http: the method, GET unless given', oneOf(METHODS)),
  headers: optional('of http: headers by name; secrets come from a file or variable', values(HEADER_NAME)),
  body: optional('of http: what is sent', secretText),
  expect: optional('of http: what makes an answer the right one', EXPECTATION),
  redirects: optional(
    'of http: which are followed, same_origin unless given',
    oneOf(['none', 'same_origin', 'any']),
  ),
  authorities: optional('of https and tls: certificate authorities in PEM', hiddenText),
  server_name: optional('of tls: the name that the certificate is for, the host unless given', text(253)),
  environment: optional(
    'of command: variables by name; secrets come from a file or variable',
    values(VARIABLE_NAME),
  ),
});

/** Which keys go with which kind of probe; all others go with each. */
const KEYS_OF: Readonly<Record<string, readonly string[]>> = {
  http: ['method', 'headers', 'body', 'expect', 'redirects'],
  https: ['method', 'headers', 'body', 'expect', 'redirects', 'authorities'],
  tcp: [],
  tls: ['authorities', 'server_name'],
  command: ['environment'],
};
const ALL_KEYS: readonly string[] = [...new Set(Object.values(KEYS_OF).flat())];

/** The section. */
export const TARGETS: Shape<readonly Named<GivenTarget>[]> = byName(LABEL_NAME, {
  schema: target.schema,
  read: (given, place, refuse) => {
    const read = target.read(given, place, refuse);
    if (read !== undefined && given.kind === 'mapping') refuseMixtures(read, given, place, refuse);
    return read;
  },
});

function refuseMixtures(
  { url, command }: GivenTarget,
  given: GivenMapping,
  place: string,
  refuse: Refuse,
): void {
  const [hasUrl, hasCommand] = [isGiven(given, 'url'), isGiven(given, 'command')];
  if (hasUrl === hasCommand) {
    const problem = hasUrl ? 'has url and command' : 'has neither url nor command';
    refuse({ line: given.line, place, problem, allowed: 'one of url and command' });
  }
  // What was refused says no kind.
  if (hasUrl === hasCommand || (url ?? command) === undefined) return;
  const kind = url?.scheme ?? 'command';
  const allowed = KEYS_OF[kind] ?? [];
  for (const { key, line } of given.entries) {
    if (!ALL_KEYS.includes(key) || allowed.includes(key)) continue;
    const kinds = Object.entries(KEYS_OF).flatMap(([each, keys]) => (keys.includes(key) ? [each] : []));
    const problem = `is given, but the probe is ${quoted(kind)}`;
    refuse({ line, place: `${place}.${key}`, problem, allowed: `with ${kinds.join(', ')}` });
  }
}

/** What was read whole, as targets. */
export function targetOf({ name, value }: Named<GivenTarget>): readonly Target[] {
  const probe = value === undefined ? undefined : probeOf(value);
  if (value === undefined || probe === undefined) return [];
  return [
    {
      name,
      class: value.class.value,
      ...(value.network === undefined ? {} : { network: value.network.value }),
      probe,
      ...(value.deadline === undefined ? {} : { timeoutMs: value.deadline }),
    },
  ];
}

function probeOf(given: GivenTarget): Probe | undefined {
  const { url, command = [] } = given;
  const [program, ...rest] = command;
  if (program !== undefined) {
    const environment = textsByName(given.environment);
    return { kind: 'command', command: [program, ...rest], ...present({ environment }) };
  }
  switch (url?.scheme) {
    case 'http':
    case 'https':
      return httpProbe(given, url.url);
    case 'tcp':
      return { kind: 'tcp', host: url.host, port: url.port };
    case 'tls': {
      const { server_name: serverName, authorities } = given;
      return { kind: 'tls', host: url.host, port: url.port, ...present({ serverName, authorities }) };
    }
    default:
      return undefined;
  }
}

function httpProbe(given: GivenTarget, url: string): Probe {
  const { method, body, expect, redirects, authorities } = given;
  const headers = textsByName(given.headers);
  return {
    kind: 'http',
    url: { kind: 'plain', text: url },
    ...present({ method, headers, body, expect, redirects, authorities }),
  };
}

function textsByName(
  named: readonly Named<SecretText>[] | undefined,
): Readonly<Record<string, SecretText>> | undefined {
  if (named === undefined) return undefined;
  const entries = named.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(entries);
}
