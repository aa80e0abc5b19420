/**
 * The endpoint as the `OTEL_EXPORTER_OTLP_*` family describes it:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter. A test holds it against OpenTelemetry's own parser, which
 * is not used: it opens certificates so that a pipe blocks it permanently, reads nothing but `process.env`, and quotes
 * what it was given, credentials and all.
 */
import { endpointName, isHttpUrl } from '../../endpoint-name.ts';
import type { EndpointOptions } from '../messages.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINT_DEFAULTS } from './endpoint-defaults.ts';
import { chooseHeaders } from './endpoint-headers.ts';
import { type Environment, otlpSetting } from './otlp-setting.ts';
import { readTlsMaterial } from './tls-material.ts';

const URL_SETTINGS = 'option endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT';

/** Never throws: what is wrong is a sentence in `problems`, and the default is used. */
export function configureEndpoint(
  env: Environment,
  options: EndpointOptions & { readonly acceptsAny2xx?: boolean },
): { endpoint: Endpoint; problems: string[] } {
  const problems: string[] = [];
  // Read although an option wins: what is wrong is said.
  const timeoutMs = chooseTimeoutMs(env, problems);
  const url = chooseUrl(env, options.endpoint, problems);
  const isTls = new URL(url).protocol === 'https:';
  const { request, Agent } = isTls
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http');
  const endpoint = {
    url,
    headers: chooseHeaders(env, options.headers, problems),
    gzip: isGzip(env, problems) ? gzip : undefined,
    timeoutMs: options.timeoutMs ?? timeoutMs,
    request,
    agent: new Agent({ keepAlive: true, ...(isTls ? readTlsMaterial(env, problems) : {}) }),
    acceptsAny2xx: options.acceptsAny2xx ?? false,
  };
  return { endpoint, problems };
}

/** Loaded by those who use it: half a MiB. */
function gzip(body: Uint8Array): Uint8Array {
  return process.getBuiltinModule('node:zlib').gzipSync(body);
}

/** The first that is one, of those that are given. */
function chooseUrl(env: Environment, chosen: string | undefined, problems: string[]): string {
  const given = [
    chosen,
    env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'],
    withPath(env['OTEL_EXPORTER_OTLP_ENDPOINT']),
  ]
    .map((text) => text?.trim() ?? '')
    .filter((text) => text !== '');
  const found = given.find((text) => isHttpUrl(text));
  const url = found === undefined ? ENDPOINT_DEFAULTS.url : new URL(found).href;
  for (const wrong of given.slice(0, found === undefined ? given.length : given.indexOf(found))) {
    problems.push(
      `the endpoint is "${endpointName(wrong)}"; allowed: an http:// or https:// URL (${URL_SETTINGS}). Using ${endpointName(url)}`,
    );
  }
  return url;
}

/** A base URL with the path of metrics behind its own. What is not a URL stays as it is. */
function withPath(base: string | undefined): string | undefined {
  if (!isHttpUrl(base)) return base;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url.href;
}

function chooseTimeoutMs(env: Environment, problems: string[]): number {
  const given = otlpSetting(env, 'TIMEOUT');
  if (given === undefined) return ENDPOINT_DEFAULTS.timeoutMs;
  const timeoutMs = Number(given.value);
  if (Number.isFinite(timeoutMs) && timeoutMs > 0) return timeoutMs;
  problems.push(
    `${given.variable} is "${given.value}"; allowed: a number of milliseconds above 0. Using ${ENDPOINT_DEFAULTS.timeoutMs}`,
  );
  return ENDPOINT_DEFAULTS.timeoutMs;
}

function isGzip(env: Environment, problems: string[]): boolean {
  const given = otlpSetting(env, 'COMPRESSION');
  if (given === undefined || given.value === 'none') return false;
  if (given.value === 'gzip') return true;
  problems.push(`${given.variable} is "${given.value}"; allowed: gzip or none. Using none`);
  return false;
}
