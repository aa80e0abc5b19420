/**
 * Finds the addresses of a name without `getaddrinfo`: that call sits in a thread which nobody can interrupt, and a process
 * that ends waits for it, 10 to 20 s when the name server is silent. This asks the same places over sockets that are closed
 * at the deadline: the hosts file, then the name servers with the search list of resolv.conf.
 */
import { promises } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { findInHosts } from './hosts-file.ts';
import { candidatesOf, parseResolverConfiguration } from './resolver-configuration.ts';

/** Where names are looked up. */
export interface NameSources {
  /** @default '/etc/hosts' */
  readonly hostsPath?: string;
  /** @default '/etc/resolv.conf' */
  readonly configurationPath?: string;
  /** `address:port`. @default those of the system */
  readonly servers?: readonly string[];
}

/** The addresses of a name, IPv4 first, or why there are none. */
export type NameAnswer =
  | { readonly kind: 'found'; readonly addresses: readonly string[] }
  | { readonly kind: 'not_found'; readonly problem: string };

/** Further addresses of one name are not tried. */
const ADDRESS_LIMIT = 8;
const LOOPBACK = ['127.0.0.1', '::1'];
/** The other family's answer is not waited for longer when one is there: RFC 8305, 3. */
const OTHER_FAMILY_MS = 50;

/** Resolves when there are addresses, when there are none, or when the signal is aborted. Never rejects. */
export async function resolveName(
  name: string,
  signal: AbortSignal,
  sources: NameSources = {},
): Promise<NameAnswer> {
  const host = name.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return { kind: 'found', addresses: [host] };
  const inHosts = findInHosts(await readText(sources.hostsPath ?? '/etc/hosts'), host.replace(/\.$/, ''));
  if (inHosts.length > 0) return found(inHosts);
  // RFC 6761, 6.3: no name server is asked for it.
  if (/(^|\.)localhost\.?$/i.test(host)) return found(LOOPBACK);
  const configuration = parseResolverConfiguration(
    await readText(sources.configurationPath ?? '/etc/resolv.conf'),
  );
  return askServers(candidatesOf(host, configuration), signal, sources.servers);
}

function found(addresses: readonly string[]): NameAnswer {
  const sorted = [...new Set(addresses)].sort((a, b) => isIP(a) - isIP(b));
  return { kind: 'found', addresses: sorted.slice(0, ADDRESS_LIMIT) };
}

/** Asks for one full name after the other. */
async function askServers(
  candidates: readonly string[],
  signal: AbortSignal,
  servers: readonly string[] | undefined,
): Promise<NameAnswer> {
  // The deadline is the signal's; a packet that is lost is sent again within it.
  const resolver = new promises.Resolver({ timeout: 1_000, tries: 8, maxTimeout: 2_000 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    for (const candidate of candidates) {
      if (signal.aborted) break;
      const addresses = await askBothFamilies(resolver, candidate);
      if (addresses.length > 0) return found(addresses);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    // A late answer of the other family keeps nobody alive.
    resolver.cancel();
  }
  const problem = signal.aborted
    ? 'the name servers did not answer in time'
    : 'the hosts file and the name servers know no address of its name';
  return { kind: 'not_found', problem };
}

async function askBothFamilies(resolver: promises.Resolver, name: string): Promise<readonly string[]> {
  const four = resolver.resolve4(name).catch(() => []);
  const six = resolver.resolve6(name).catch(() => []);
  const first = await Promise.race([four, six]);
  if (first.length === 0) return (await Promise.all([four, six])).flat();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[][]>((resolve) => {
    timer = setTimeout(() => resolve([first]), OTHER_FAMILY_MS);
  });
  const both = await Promise.race([Promise.all([four, six]), late]);
  clearTimeout(timer);
  return both.flat();
}

/** A system without such a file has nothing to say there. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
