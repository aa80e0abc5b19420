/**
 * Finds the addresses of a name without `getaddrinfo`: that is a system call in a thread that nobody can interrupt, and
 * a process that ends waits for it, 10 to 20 s when the name server is silent. This one asks over sockets, which end
 * with the process or when they are told to. It looks where the C library usually looks, in its order: the hosts file,
 * the name servers with the search list of resolv.conf, the machine's own name. What only the system knows (mDNS,
 * other modules of nsswitch.conf, scoped name servers of a VPN) it does not find.
 */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { readRegularFile } from '../read-regular-file.ts';
import { askServers, type NameAnswer } from './ask-servers.ts';
import { findInHosts } from './hosts-file.ts';
import { candidatesOf, parseResolverConfiguration } from './resolver-configuration.ts';

/** Where names are looked up. */
export interface NameSources {
  readonly hostsPath: string;
  readonly configurationPath: string;
  /** `address:port`. @default those of the system */
  readonly servers?: readonly string[];
}

const FILE_LIMIT_BYTES = 16 * 1024 * 1024;
const LOOPBACK = ['127.0.0.1', '::1'];

/** Where this system has them. */
function systemNameSources(): NameSources {
  return {
    hostsPath: process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts',
    configurationPath: '/etc/resolv.conf',
  };
}

/** The search for the address of one endpoint. */
export class NameSearch {
  readonly #sources: NameSources;
  #end: () => void = () => {};

  constructor(sources: NameSources = systemNameSources()) {
    this.#sources = sources;
  }

  /** For `net.connect`, which asks for all addresses and tries one after the other. */
  readonly lookup: LookupFunction = (name, { all, family }, callback) => {
    void this.#find(name).then(({ addresses, problem = `${name} has no such address` }) => {
      const found = addresses.map(toLookupAddress).filter((address) => isWanted(address, family));
      const [first] = found;
      if (first === undefined) callback(new Error(problem), '');
      else if (all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };

  /** Nothing keeps the process alive afterwards. */
  end(): void {
    this.#end();
  }

  /** Never rejects. IPv4 goes first: where IPv6 leads nowhere, trying it costs 250 ms, the whole exit budget. */
  async #find(name: string): Promise<NameAnswer> {
    const { hostsPath, configurationPath, servers } = this.#sources;
    const inHosts = findInHosts(readText(hostsPath), name.replace(/\.$/, ''));
    if (inHosts.length > 0) return { addresses: inHosts.sort((a, b) => isIP(a) - isIP(b)) };
    // RFC 6761, 6.3: no name server is asked for it.
    if (/(^|\.)localhost\.?$/i.test(name)) return { addresses: LOOPBACK };
    const configuration = parseResolverConfiguration(readText(configurationPath));
    const answer = await askServers(candidatesOf(name, configuration), {
      ...configuration,
      servers,
      onStart: (end) => {
        this.#end = end;
      },
    });
    return answer.addresses.length === 0 && isOwnName(name) ? { addresses: ownAddresses() } : answer;
  }
}

function toLookupAddress(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

function isWanted({ family }: LookupAddress, wanted: number | string | undefined): boolean {
  return wanted === undefined || wanted === 0 || String(wanted).endsWith(String(family));
}

function isOwnName(name: string): boolean {
  return name.toLowerCase() === process.getBuiltinModule('node:os').hostname().toLowerCase();
}

/** As the module `myhostname` of systemd answers. */
function ownAddresses(): string[] {
  const interfaces = Object.values(process.getBuiltinModule('node:os').networkInterfaces());
  const outside = interfaces.flatMap((addresses = []) => addresses.filter(({ internal }) => !internal));
  return [...LOOPBACK, ...outside.map(({ address }) => address)];
}

/** A system without such a file has nothing to say there. */
function readText(path: string): string {
  try {
    return readRegularFile(path, FILE_LIMIT_BYTES).toString('utf8');
  } catch {
    return '';
  }
}
