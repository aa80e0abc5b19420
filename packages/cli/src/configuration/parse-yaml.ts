/** Text to {@link Given}, or what is wrong with it as YAML. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import type { ConfigurationFault } from './fault.ts';
import { type Given, type GivenEntry, type GivenMapping, quoted } from './given.ts';

/** Deeper than any shape of a configuration. */
const DEPTH_LIMIT = 32;

/** Faults of the text itself are all that is told then: what it says is not known. */
export type ParsedYaml =
  | { readonly kind: 'given'; readonly given: Given; readonly faults: readonly ConfigurationFault[] }
  | { readonly kind: 'unreadable'; readonly faults: readonly ConfigurationFault[] };

const NOTHING: Given = { kind: 'mapping', line: 1, entries: [], refused: [] };

/** Reads one YAML document. A text that says nothing is an empty mapping. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The parser compares each key with each: 20,000 keys took 16 s. They are compared here instead.
    uniqueKeys: false,
    schema: 'core',
    // Unknown tags are refused below; on its own the parser only warns, on standard error.
    logLevel: 'error',
  });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  if (document.errors.length > 0) {
    return {
      kind: 'unreadable',
      faults: document.errors.map(({ message, pos }) => ({
        line: lineAt(pos[0]),
        place: '',
        problem: `this is no YAML: ${firstLine(message)}`,
        allowed: 'one YAML document',
      })),
    };
  }
  const reading = new Reading(lineAt);
  const given = isNothing(document.contents) ? NOTHING : reading.read(document.contents, '', 0, 1);
  return { kind: 'given', given: given ?? NOTHING, faults: reading.faults };
}

/** Walks the nodes of one document. */
class Reading {
  readonly faults: ConfigurationFault[] = [];
  readonly #lineAt: (offset: number) => number;

  constructor(lineAt: (offset: number) => number) {
    this.#lineAt = lineAt;
  }

  /** @returns undefined where there is nothing, or nothing that is allowed */
  read(node: ParsedNode | Node | null, place: string, depth: number, lineAbove: number): Given | undefined {
    if (node === null) return undefined;
    const line = this.#lineOf(node, lineAbove);
    if (!this.#isAllowed(node, place, depth, line)) return undefined;
    if (isMap(node)) return this.#mapping(node.items, place, depth, line);
    if (isSeq(node)) {
      const items = node.items.flatMap((item, index) => {
        const given = this.read(nodeOf(item), `${place}[${index + 1}]`, depth + 1, line);
        return given === undefined ? [] : [given];
      });
      return { kind: 'list', line, items };
    }
    if (isScalar(node)) return { kind: 'scalar', line, value: scalarOf(node.value) };
    return undefined;
  }

  #mapping(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    place: string,
    depth: number,
    line: number,
  ): GivenMapping {
    const entries = new Map<string, GivenEntry | undefined>();
    const first = new Map<string, number>();
    for (const pair of pairs) {
      const key = keyOf(pair.key);
      const keyLine = this.#lineOf(nodeOf(pair.key), line);
      if (key === undefined) {
        this.#refuse(keyLine, place, 'has a key that is no text', 'keys that are plain text');
        continue;
      }
      const below = place === '' ? key : `${place}.${key}`;
      const before = first.get(key);
      if (before !== undefined) {
        this.#refuse(keyLine, below, `is given twice, first in line ${before}`, 'each key once');
        continue;
      }
      first.set(key, keyLine);
      entries.set(key, this.#entry(key, nodeOf(pair.value), below, depth, keyLine));
    }
    return {
      kind: 'mapping',
      line,
      entries: [...entries.values()].filter((entry) => entry !== undefined),
      refused: [...entries].flatMap(([key, entry]) => (entry === undefined ? [key] : [])),
    };
  }

  #entry(key: string, node: Node | null, place: string, depth: number, line: number): GivenEntry | undefined {
    if (node === null) return { key, line, value: { kind: 'scalar', line, value: null } };
    const value = this.read(node, place, depth + 1, line);
    return value === undefined ? undefined : { key, line, value };
  }

  #isAllowed(node: Node, place: string, depth: number, line: number): boolean {
    if (isAlias(node)) {
      this.#refuse(line, place, `is the alias ${quoted(`*${node.source}`)}`, 'the value itself');
      return false;
    }
    const { tag } = node;
    if (tag !== undefined) {
      this.#refuse(line, place, `has the tag ${quoted(tag)}`, 'values without tags');
      return false;
    }
    if (depth > DEPTH_LIMIT) {
      this.#refuse(line, '', `has more than ${DEPTH_LIMIT} levels`, `${DEPTH_LIMIT} levels`);
      return false;
    }
    return true;
  }

  #lineOf(node: Node | null, lineAbove: number): number {
    const start = node?.range?.[0];
    return start === undefined ? lineAbove : this.#lineAt(start);
  }

  #refuse(line: number, place: string, problem: string, allowed: string): void {
    this.faults.push({ line, place, problem, allowed });
  }
}

/** Of a file with comments alone, or with the mark of a document alone. */
function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null && node.tag === undefined);
}

/** Keys as they are written: `1` and `true` are names like any other. */
function keyOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.tag !== undefined) return undefined;
  if (typeof node.value === 'string') return node.value;
  return node.source === undefined || node.source === '' ? undefined : node.source;
}

function nodeOf(value: unknown): Node | null {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value) ? value : null;
}

/** The core schema knows no other scalars; a big integer or a date would need a tag. */
function scalarOf(value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return null;
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
