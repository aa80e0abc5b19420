/** The headers of every request. */
import { VERSION } from '../../generated/version.ts';
import type { Environment } from './otlp-setting.ts';

/** The specification asks for it, and some firewalls let nothing pass without one. */
const USER_AGENT = `Ephemetry-OTLP-Exporter-JavaScript/${VERSION}`;

type Headers = Readonly<Record<string, string>>;

/**
 * Names in lower case. Those for metrics win over the general ones, an option wins over both. A `User-Agent` of the
 * user's is put in front of ours, as the specification has it for distributions.
 */
export function chooseHeaders(
  env: Environment,
  chosen: Headers | undefined,
  problems: string[],
): Record<string, string> {
  const all = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_METRICS_HEADERS'].map((variable) =>
    parseHeaders(variable, env[variable] ?? '', problems),
  );
  const given = Object.assign({}, ...[...all, chosen ?? {}].map(lowerCased));
  const agent = given['user-agent'] === undefined ? USER_AGENT : `${given['user-agent']} ${USER_AGENT}`;
  return { ...given, 'user-agent': agent, 'content-type': 'application/json' };
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `key=value,key=value`, percent-encoded. What is malformed is not quoted: it may be a token. */
function parseHeaders(variable: string, text: string, problems: string[]): Headers {
  const headers: Record<string, string> = {};
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const at = entry.indexOf('=');
    const name = decode(entry.slice(0, Math.max(0, at)));
    const value = decode(entry.slice(at + 1));
    if (name !== undefined && value !== undefined && /^[!#$%&'*+.^_`|~\w-]+$/.test(name))
      headers[name] = value;
    else {
      problems.push(
        `${variable} has a malformed entry, which is ignored; allowed: name=value, with the value percent-encoded`,
      );
    }
  }
  return headers;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}
