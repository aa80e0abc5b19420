/** What stands at an endpoint that does not answer as it should, and what to do: said behind what was seen there. */
import { endpointName } from '../../endpoint-name.ts';
import { otlpEncoding } from './otlp-answer.ts';
import type { Answer } from './read-answer.ts';

/** The words of Go, nginx, Apache and Envoy for a request without TLS on a port with it. */
const PLAIN_ON_TLS_PORT =
  /HTTP request (was sent )?to (an )?HTTPS (server|port)|plain HTTP to an SSL-enabled|plain HTTP request was sent to HTTPS/i;
/** Enough for a status and its reason. */
const WORDS_LIMIT_CHARACTERS = 80;
const REFUSES_DELTAS = /\bdelta|temporality/i;

const GRPC = 'this looks like a gRPC port; use the OTLP/HTTP port, usually 4318';
const TLS_PORT = 'this looks like a port with TLS: use https://';
const NO_TLS_PORT = 'this looks like a port without TLS: use http://';
const PAGE = 'this looks like a web page, perhaps a login: check the URL and any proxy on the way';
const DELTAS =
  'this looks like a backend that refuses delta temporality: send to a Collector that adds up deltas (the gateway of docs/guide/gateway-to-amp.md, or the processor deltatocumulative), or let the backend take them (Prometheus: --enable-feature=otlp-native-delta-ingestion)';

/** Of an answer. Undefined when it looks like nothing that is known. */
export function describeLikeness(answer: Answer, url: string): string | undefined {
  const text = answer.body?.toString('utf8') ?? '';
  const type = answer.headers['content-type'] ?? '';
  if (PLAIN_ON_TLS_PORT.test(text)) return TLS_PORT;
  if (type.startsWith('application/grpc') || answer.headers['grpc-status'] !== undefined) return GRPC;
  if (answer.status >= 400 && answer.status < 500 && REFUSES_DELTAS.test(text)) return DELTAS;
  if (answer.status >= 300 && answer.status < 400) return describeRedirect(answer, url);
  if (/^text\/html|xhtml/i.test(type)) return PAGE;
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (isSuccess && otlpEncoding(answer) === undefined) {
    return 'if it is an OTLP receiver after all, set EPHEMETRY_ACCEPT_ANY_2XX=on';
  }
  return undefined;
}

/** It is not followed: headers with credentials could end at another host. */
function describeRedirect({ headers }: Answer, url: string): string | undefined {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url)) return undefined;
  return `it redirects to ${endpointName(new URL(location, url).href)}: use that URL, if you trust it`;
}

/** Of an error without an answer that can be read. */
export function describeErrorLikeness(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(`${code} ${error.message}`)) return NO_TLS_PORT;
  const packet = 'rawPacket' in error ? error.rawPacket : undefined;
  if (!isUnreadableAnswer(error) || !Buffer.isBuffer(packet)) return undefined;
  if (isHttp2Settings(packet)) return GRPC;
  if (packet[0] === 0x15 && packet[1] === 3) return TLS_PORT;
  if (code === 'HPE_HEADER_OVERFLOW') return 'the head of its answer is too large';
  return packet.subarray(0, 5).toString() === 'HTTP/' ? 'this is not valid HTTP' : 'this is not HTTP';
}

/** Whether something answered what no parser of HTTP understands. */
export function isUnreadableAnswer(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('HPE_');
}

/** What it answered, where that is text and not HTTP; whoever shows it makes it safe. */
export function wordsSaid(error: Error): string {
  const packet = isUnreadableAnswer(error) && 'rawPacket' in error ? error.rawPacket : undefined;
  const said = Buffer.isBuffer(packet) ? packet.toString('latin1').trim() : '';
  const isText = said !== '' && !said.startsWith('HTTP/') && !/[^\t\r\n\x20-\x7e]/.test(said);
  return isText ? `it says "${said.slice(0, WORDS_LIMIT_CHARACTERS)}"` : '';
}

/** The first frame of every HTTP/2 server: RFC 9113, 3.4. */
function isHttp2Settings(packet: Buffer): boolean {
  return packet.length >= 9 && packet[3] === 4 && packet.readUInt32BE(5) === 0;
}
