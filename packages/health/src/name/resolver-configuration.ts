/** In which order names are asked for: resolv.conf(5), as the C library reads it. The same code as the exporter's. */

/** What this needs of it. The servers themselves are known to Node. */
export interface ResolverConfiguration {
  /** Appended one after the other to a name with less dots than `dotsAtLeast`, before it is tried as it is. */
  readonly search: readonly string[];
  readonly dotsAtLeast: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

const LIMITS = { ndots: 15, timeout: 30, attempts: 5 };
const DEFAULTS = { ndots: 1, timeout: 5, attempts: 2 };
/** Kubernetes has up to 32; each is a question of its own. */
const SEARCH_LIMIT = 32;

/** Reads the text of resolv.conf. What is not understood is passed over, as everywhere. */
export function parseResolverConfiguration(text: string): ResolverConfiguration {
  let search: readonly string[] = [];
  const options = { ...DEFAULTS };
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    // Of several lines the last one counts.
    if (keyword === 'search') search = words.slice(0, SEARCH_LIMIT);
    if (keyword === 'domain') search = words.slice(0, 1);
    if (keyword === 'options') for (const word of words) readOption(word, options);
  }
  return {
    search: search.map((domain) => domain.replace(/\.$/, '')),
    dotsAtLeast: options.ndots,
    timeoutMs: Math.max(1, options.timeout) * 1000,
    attempts: Math.max(1, options.attempts),
  };
}

function readOption(word: string, options: typeof DEFAULTS): void {
  const [, name, digits] = /^(ndots|timeout|attempts):(\d+)$/.exec(word) ?? [];
  if (name !== 'ndots' && name !== 'timeout' && name !== 'attempts') return;
  options[name] = Math.min(Number(digits), LIMITS[name]);
}

/** The full names to ask for, in order. A dot at the end means that the name is full. */
export function candidatesOf(name: string, { search, dotsAtLeast }: ResolverConfiguration): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = search.map((domain) => (domain === '' ? name : `${name}.${domain}`));
  const dots = name.split('.').length - 1;
  return [...new Set(dots >= dotsAtLeast ? [name, ...searched] : [...searched, name])];
}
