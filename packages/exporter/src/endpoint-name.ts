/** How an endpoint is called where people and files see it: its URL may hold a password or a key. */

/** The URL without user, password, query and fragment. What is not such a URL is named as well, as far as it shows nothing of them. */
export function endpointName(text: string): string {
  const isUrl: boolean = isHttpUrl(text);
  if (!isUrl) return nameOfMalformed(text);
  const url = new URL(text);
  Object.assign(url, { username: '', password: '', search: '', hash: '' });
  return url.href;
}

function nameOfMalformed(text: string): string {
  const [, scheme = '', rest = ''] = /^([a-z+.-]*:\/\/)?(.*)$/is.exec(text) ?? [];
  const at = rest.lastIndexOf('@');
  const query = rest.search(/[?#]/);
  // A password with such a character, or a query with an @: the secret may be on either side.
  if (query !== -1 && query < at) return `${scheme}...`;
  return `${scheme}${rest.slice(at + 1).replace(/[?#].*$/s, '')}`;
}

/** Whether a batch can be posted there. */
export function isHttpUrl(text: string | undefined): text is string {
  return text !== undefined && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
