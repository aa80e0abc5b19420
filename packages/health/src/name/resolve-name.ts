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
  /** The name does not exist, or has no address. */
  | { readonly kind: 'not_found'; readonly problem: string }
  /** Nobody could say: the name servers failed, refused or did not answer. That is no fault of the name. */
  | { readonly kind: 'failed'; readonly problem: string };

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
  let failure: string | undefined;
  try {
    for (const candidate of candidates) {
      if (signal.aborted) break;
      const answer = await askBothFamilies(resolver, candidate);
      if (answer.kind === 'addresses') return found(answer.addresses);
      // Another name of the search list may have been meant: resolver(3) says "try again" then.
      if (answer.kind === 'failed') failure ??= answer.code;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    // A late answer of the other family keeps nobody alive.
    resolver.cancel();
  }
  if (signal.aborted) return { kind: 'failed', problem: 'the name servers did not answer in time' };
  if (failure !== undefined) {
    const problem = `the name servers could not say whether its name has an address (${failure})`;
    return { kind: 'failed', problem };
  }
  return { kind: 'not_found', problem: 'the hosts file and the name servers know no address of its name' };
}

/** What is said of one full name. */
type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'absent'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string };

async function askBothFamilies(resolver: promises.Resolver, name: string): Promise<Answer> {
  const four = resolver.resolve4(name).then(addressesOf, answerOf);
  const six = resolver.resolve6(name).then(addressesOf, answerOf);
  const first = await Promise.race([four, six]);
  if (first.kind !== 'addresses') return joined(await Promise.all([four, six]));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Answer[]>((resolve) => {
    timer = setTimeout(() => resolve([first]), OTHER_FAMILY_MS);
  });
  const both = await Promise.race([Promise.all([four, six]), late]);
  clearTimeout(timer);
  return joined(both);
}

function addressesOf(addresses: readonly string[]): Answer {
  return { kind: 'addresses', addresses };
}

/** That there is no such name, that it has no address of this family, and that no name is written so, are answers. */
function answerOf(error: NodeJS.ErrnoException): Answer {
  const code = error.code ?? 'an unknown cause';
  return { kind: ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(code) ? 'absent' : 'failed', code };
}

/** Of both families: what there is, else that the name does not exist, else what failed. */
function joined(answers: readonly Answer[]): Answer {
  const addresses = answers.flatMap((answer) => (answer.kind === 'addresses' ? answer.addresses : []));
  if (addresses.length > 0) return { kind: 'addresses', addresses };
  const isNoName = (answer: Answer): boolean => answer.kind === 'absent' && answer.code !== 'ENODATA';
  return (
    answers.find(isNoName) ??
    answers.find(({ kind }) => kind === 'failed') ?? { kind: 'absent', code: 'ENODATA' }
  );
}

/** A system without such a file has nothing to say there. */
async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
