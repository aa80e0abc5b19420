/** What is asked of a web server, and whether a redirect may be followed. Pure. */
import type { HttpProbe } from '../target.ts';

/** One request with its secrets in place: it never leaves the probe. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A request, or why there is none. */
export type NextRequest =
  | { readonly kind: 'request'; readonly request: HttpRequest }
  | { readonly kind: 'refused'; readonly reason: string };

/** As many as a login page takes; a loop ends here. */
export const REDIRECT_LIMIT = 5;

/** The user name and password of a URL become a header; the URL is kept without. */
export function firstRequest(
  given: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): NextRequest {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    return { kind: 'refused', reason: 'its URL must begin with http:// or https://' };
  }
  const url = new URL(given);
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const authorization = basicAuthentication(url);
  url.username = '';
  url.password = '';
  return {
    kind: 'request',
    request: { url, method: method.toUpperCase(), headers: { ...authorization, ...lowerCase }, body },
  };
}

function basicAuthentication({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

/** A percent sign that stands for itself is allowed there. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether this status with this header leads elsewhere. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return [301, 302, 303, 307, 308].includes(status) && location !== undefined;
}

/** The request that a redirect leads to. To another scheme, host or port go no headers and no body. */
export function redirected(
  request: HttpRequest,
  status: number,
  location: string,
  policy: NonNullable<HttpProbe['redirects']>,
): NextRequest {
  const refused = (reason: string): NextRequest => ({ kind: 'refused', reason });
  if (!URL.canParse(location, request.url.href)) return refused('it redirects to something that is no URL');
  const url = new URL(location, request.url);
  if (!/^https?:$/.test(url.protocol)) return refused('it redirects to something that is no web page');
  url.username = '';
  url.password = '';
  const isSameOrigin = url.origin === request.url.origin;
  if (!isSameOrigin && policy !== 'any') {
    const part = url.protocol === request.url.protocol ? 'host or port' : 'scheme';
    return refused(`it redirects to another ${part}, which the target does not allow`);
  }
  const keeps = status === 307 || status === 308 || ['GET', 'HEAD'].includes(request.method);
  return {
    kind: 'request',
    request: {
      url,
      method: keeps ? request.method : 'GET',
      headers: isSameOrigin ? request.headers : {},
      body: isSameOrigin && keeps ? request.body : undefined,
    },
  };
}
