/**
 * Test cases that hold nothing, which most are: `<testcase classname="c" name="n" time="0.1"/>`. They are read here, as a parser
 * of all of XML needs three times as long for them. Whatever looks different in any way is left to that one.
 */

import { cutFree } from '../judging/kept-name.ts';

/** An element that was read. */
export interface SimpleElement {
  readonly attributes: Readonly<Record<string, string>>;
  /** Where the text goes on behind it. */
  readonly end: number;
}

const START = '<testcase';
const END = '</testcase>';
const SPACE = 0x20;
const SLASH = 0x2f;
const GREATER = 0x3e;
/** No colon, so no namespace; no letter of other alphabets; nothing that an object has already. */
const NAME = /^[A-Za-z][A-Za-z0-9-]*$/;

/** An attribute as it is written: `name="`. */
interface KnownAttribute {
  readonly name: string;
  readonly quote: string;
  readonly text: string;
}

/** The attributes of the test case before, in their order: those of the next one are mostly the same. */
export type Layout = KnownAttribute[];

/** Looks through one piece of a document, from its front to its end. */
export class SimpleElements {
  readonly #text: string;
  /** Where the next one of these stands: in a value they mean something else than themselves. */
  readonly #special = ['&', '\t', '\n', '\r'].map((character) => ({ character, at: -1 }));
  readonly #layout: Layout;

  /** @param layout of the pieces before, which is changed */
  constructor(text: string, layout: Layout) {
    this.#text = text;
    this.#layout = layout;
  }

  /** Where the next test case may begin; -1 where none does. */
  next(from: number): number {
    return this.#text.indexOf(START, from);
  }

  /** Reads the test case at this place; undefined when it is not simple, or not all of it is there. */
  read(start: number): SimpleElement | undefined {
    const text = this.#text;
    const attributes: Record<string, string> = {};
    let at = start + START.length;
    // One space stands before each attribute, `/>` or `></testcase>` behind the last one.
    for (let index = 0; text.charCodeAt(at) === SPACE && text.charCodeAt(at + 1) !== SLASH; index++) {
      const known = this.#layout[index];
      const isKnown = known !== undefined && text.startsWith(known.text, at + 1);
      const next = isKnown ? known : this.#newAttribute(at + 1, index);
      if (next === undefined) return undefined;
      const from = at + 1 + next.text.length;
      const close = text.indexOf(next.quote, from);
      if (close < 0) return undefined;
      attributes[next.name] = text.slice(from, close);
      at = close + 1;
    }
    const end = this.#endOf(at);
    if (end === undefined || !this.#isPlain(start, end)) return undefined;
    return { attributes, end };
  }

  #endOf(at: number): number | undefined {
    const text = this.#text;
    const slash = text.charCodeAt(at) === SPACE ? at + 1 : at;
    if (text.charCodeAt(slash) === SLASH)
      return text.charCodeAt(slash + 1) === GREATER ? slash + 2 : undefined;
    if (text.charCodeAt(at) !== GREATER || !text.startsWith(END, at + 1)) return undefined;
    return at + 1 + END.length;
  }

  /** Notes the attribute at this place, and forgets those that came behind it. */
  #newAttribute(at: number, index: number): KnownAttribute | undefined {
    const equals = this.#text.indexOf('=', at);
    if (equals < 0 || equals - at > NAME_LIMIT || index >= ATTRIBUTES_LIMIT) return undefined;
    const name = this.#text.slice(at, equals);
    const quote = this.#text.charAt(equals + 1);
    const before = this.#layout.slice(0, index);
    if (!NAME.test(name) || name in {} || !/["']/.test(quote) || before.some((each) => each.name === name))
      return undefined;
    const attribute = { name: cutFree(name), quote, text: `${name}=${quote}` };
    this.#layout.splice(index, Number.POSITIVE_INFINITY, attribute);
    return attribute;
  }

  /** Whether no value holds a reference, white space that becomes another one, or the beginning of a tag. */
  #isPlain(start: number, end: number): boolean {
    for (const special of this.#special) {
      if (special.at < start) {
        const found = this.#text.indexOf(special.character, start);
        special.at = found < 0 ? Number.POSITIVE_INFINITY : found;
      }
      if (special.at < end) return false;
    }
    const tag = this.#text.indexOf('<', start + 1);
    return tag < 0 || tag >= end || (tag === end - END.length && this.#text.startsWith(END, tag));
  }
}

/** Longer ones are for the parser. */
const NAME_LIMIT = 40;
const ATTRIBUTES_LIMIT = 32;
