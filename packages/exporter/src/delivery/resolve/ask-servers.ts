/** Asks name servers for addresses, over sockets that can be closed at any time. */

/** `problem` says why there are no addresses. */
export interface NameAnswer {
  readonly addresses: readonly string[];
  readonly problem?: string;
}

/** How to ask. */
export interface Question {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly servers: readonly string[] | undefined;
  /** Given what ends the question at once. */
  readonly onStart: (end: () => void) => void;
}

type Resolver = import('node:dns').promises.Resolver;
/** Addresses, or the code of the error. */
type FamilyAnswer = readonly string[] | string;

/** The other family's answer is not waited for longer when one is there: RFC 8305, 3. */
const OTHER_FAMILY_MS = 50;
/** Nobody knows the name; with one more domain behind it somebody may. */
const UNKNOWN = [
  'ENOTFOUND',
  'ENODATA',
  'ESERVFAIL',
  'EREFUSED',
  'EBADNAME',
  'EBADRESP',
  'ENONAME',
  'EFORMERR',
  'ENOTIMP',
];

/** Asks for one full name after the other, until one has an address or the servers are silent. */
export async function askServers(candidates: readonly string[], question: Question): Promise<NameAnswer> {
  const { timeoutMs: timeout, attempts: tries, servers, onStart } = question;
  const { promises } = process.getBuiltinModule('node:dns');
  const resolver = new promises.Resolver({ timeout, tries });
  if (servers !== undefined) resolver.setServers(servers);
  onStart(() => resolver.cancel());
  const answer = await askEach(resolver, candidates);
  // A late answer of the other family keeps nobody alive.
  resolver.cancel();
  return answer;
}

async function askEach(resolver: Resolver, candidates: readonly string[]): Promise<NameAnswer> {
  for (const candidate of candidates) {
    const answer = await askBothFamilies(resolver, candidate);
    if (typeof answer !== 'string') return { addresses: answer };
    if (!UNKNOWN.includes(answer)) {
      return { addresses: [], problem: `the name servers gave no answer for ${candidate}: ${answer}` };
    }
  }
  const asked = candidates.join(', ');
  return { addresses: [], problem: `the hosts file and the name servers do not know ${asked}` };
}

async function askBothFamilies(resolver: Resolver, name: string): Promise<FamilyAnswer> {
  const four = ask(() => resolver.resolve4(name));
  const six = ask(() => resolver.resolve6(name));
  const isFourFirst = await Promise.race([four.then(() => true), six.then(() => false)]);
  const first = await (isFourFirst ? four : six);
  // That there is no such name holds for both.
  if (first === 'ENOTFOUND') return first;
  const other = isFourFirst ? six : four;
  const second = typeof first === 'string' ? await other : await within(OTHER_FAMILY_MS, other);
  const [fours, sixes] = isFourFirst ? [first, second] : [second, first];
  const found = [fours, sixes].flatMap((answer) => (typeof answer === 'string' ? [] : answer));
  if (found.length > 0) return found;
  return [first, second].find((answer) => typeof answer === 'string' && !UNKNOWN.includes(answer)) ?? first;
}

async function ask(query: () => Promise<string[]>): Promise<FamilyAnswer> {
  try {
    const addresses = await query();
    return addresses.length === 0 ? 'ENODATA' : addresses;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'ENODATA';
  }
}

async function within(ms: number, answer: Promise<FamilyAnswer>): Promise<FamilyAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<FamilyAnswer>((resolve) => {
    timer = setTimeout(() => resolve('ENODATA'), ms);
  });
  const first = await Promise.race([answer, late]);
  clearTimeout(timer);
  return first;
}
