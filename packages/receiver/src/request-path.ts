/** The path of a request, whichever of the two forms of HTTP/1.1 the client writes it in. */
import type { IncomingMessage } from 'node:http';

/**
 * The path that a request asks for. A client may ask any server as it asks a proxy, by the whole URL: a server must take
 * that (RFC 9112, section 3.2.2).
 */
export function requestPath({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '');
  const path = /^[^?#]*/.exec(target)?.[0] ?? '';
  return path === '' && target !== url ? '/' : path;
}
