/** How a target is probed, as the health probes take it. */
import type { SecretText } from '../shape/secret-text.ts';

/** One service. Its name and class become labels; its address never does. */
export interface Target {
  readonly name: string;
  readonly class: string;
  readonly network?: string;
  readonly probe: Probe;
  readonly timeoutMs?: number;
}

/** How a target is asked. */
export type Probe = HttpProbe | TcpProbe | TlsProbe | CommandProbe;

/** Asks for a page. */
interface HttpProbe {
  readonly kind: 'http';
  readonly url: SecretText;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, SecretText>>;
  readonly body?: SecretText;
  readonly expect?: HttpExpectation;
  readonly redirects?: 'none' | 'same_origin' | 'any';
  readonly authorities?: SecretText;
}

/** What makes an answer the right one; all of it must hold. */
export interface HttpExpectation {
  readonly status?: readonly StatusRange[];
  readonly text?: string;
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
interface TcpProbe {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** Connects, shakes hands and looks at the certificate. */
interface TlsProbe {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  readonly serverName?: string;
  readonly authorities?: SecretText;
}

/** Runs a program: the target is up when that ends with 0. */
interface CommandProbe {
  readonly kind: 'command';
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, SecretText>>;
}
