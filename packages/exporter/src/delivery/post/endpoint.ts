import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** Where and how to post. */
export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `gzipSync`, when bodies are to be compressed. */
  readonly gzip: ((body: Uint8Array) => Uint8Array) | undefined;
  readonly timeoutMs: number;
  readonly request: (
    url: string,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: RequestOptions['agent'];
  /** Whether every 2xx is a delivery, also from what does not speak OTLP. */
  readonly acceptsAny2xx: boolean;
}
