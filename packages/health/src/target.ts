/** What is probed, and over which network it is reached. */
import type { SecretText } from './secret-text.ts';

/** One service, as a deployment declares it. Its name, class and network become labels; its address never does. */
export interface Target {
  readonly name: string;
  readonly class: string;
  /** The name of the network it is reached over. Without one, a target that cannot be reached is *unreachable*, never *down*; a command that fails is *down*. */
  readonly network?: string;
  readonly probe: Probe;
  /** The whole probe, redirects included, ends by then. @default 5000 */
  readonly timeoutMs?: number;
}

/** A network, and who answers on it while it is up. */
export interface Network {
  readonly name: string;
  /** Asked only when a target of the network was not heard; the first answer is enough. May be empty. */
  readonly witnesses: readonly Witness[];
}

/** A place that accepts or refuses connections while its network is up: `tcp://192.0.2.1:22`. */
export interface Witness {
  readonly host: string;
  readonly port: number;
}

/** How a target is asked. */
export type Probe = HttpProbe | TcpProbe | TlsProbe | CommandProbe;

/** Asks for a page. `http` or `https` is said by the URL. */
export interface HttpProbe {
  readonly kind: 'http';
  /** `http:` or `https:`. A user name and password in it are sent as basic authentication, and only belong in a secret. */
  readonly url: SecretText;
  /** @default 'GET' */
  readonly method?: string;
  /** By name. Sent to the host of the URL only. */
  readonly headers?: Readonly<Record<string, SecretText>>;
  readonly body?: SecretText;
  readonly expect?: HttpExpectation;
  /** How far redirects are followed: nowhere, on the same scheme, host and port, or anywhere. @default 'same_origin' */
  readonly redirects?: 'none' | 'same_origin' | 'any';
  /** Most bytes of the answer that are read. @default 1048576 */
  readonly bodyLimitBytes?: number;
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  readonly authorities?: SecretText;
}

/** What makes an answer the right one; all of it must hold. */
export interface HttpExpectation {
  /** Allowed status codes, as ranges with both ends. @default [{ from: 200, to: 299 }] */
  readonly status?: readonly StatusRange[];
  /** The body contains this text. */
  readonly text?: string;
  /** The body is JSON that contains this: of objects the named properties, of everything else the same value. */
  readonly json?: JsonValue;
}

/** Status codes from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Connects, and sends nothing. */
export interface TcpProbe {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** Connects, shakes hands and looks at the certificate. */
export interface TlsProbe {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must be for. @default the host */
  readonly serverName?: string;
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  readonly authorities?: SecretText;
}

/** Runs a program: the target is up when that ends with 0. What it prints is thrown away. */
export interface CommandProbe {
  readonly kind: 'command';
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Variables beside PATH, HOME and LANG, which are handed on. */
  readonly environment?: Readonly<Record<string, SecretText>>;
}
