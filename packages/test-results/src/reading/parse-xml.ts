/**
 * Parses XML that comes in pieces, of which nothing is trusted: memory is bounded by one tag, entities are refused, and what is
 * cut off is malformed.
 */
import { SaxesParser } from 'saxes';
import { MarkupCleaner, RefusedDocument } from './clean-markup.ts';
import { createDecoder, type Decoder, ENCODING_BYTES, encodingOf } from './decode-bytes.ts';
import { OpenMarkup } from './open-markup.ts';
import { type Layout, SimpleElements } from './simple-element.ts';

/** What the elements are given to, in the order of the document. */
export interface ElementReader {
  /** Whether a document may begin with this element. */
  isRoot(name: string): boolean;
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close(): void;
  /**
   * Takes a test case without content, in one step. Missing where there are none.
   *
   * @returns false when it must come through `open` and `close`
   */
  simpleCase?(attributes: Readonly<Record<string, string>>): boolean;
  /** Elements whose text is wanted, by their names; text of all others is not held. @default none */
  readonly textOf?: ReadonlySet<string>;
  /** Takes the text of one of them, in one piece or several. */
  text?(text: string): void;
}

/** How it ended: where it was not read, why, in words that may quote the document. */
export type ParsedXml =
  | { readonly kind: 'read' }
  | { readonly kind: 'malformed' | 'refused' | 'foreign'; readonly detail: string };

/** Longer tags, and texts that are wanted, would have to be held: nobody writes them. */
const TAG_LIMIT_CHARACTERS = 8 * 1024 * 1024;
/** A longer reference names nothing; the parser looks for its end all the same. */
const REFERENCE_LIMIT_CHARACTERS = 1024;
/** Deeper documents would have to be held too. */
const DEPTH_LIMIT = 100_000;

/** The reporter of `node --test` escapes no `>`, and what a test printed may hold this. It cannot be taken for anything else. */
const END_OF_CDATA_IN_TEXT = 'the string "]]>" is disallowed in char data';

/** It is no XML, or breaks off. */
export class MalformedDocument extends Error {
  override readonly name = 'MalformedDocument';
}

/** Its root is none that is read. */
class ForeignDocument extends Error {
  override readonly name = 'ForeignDocument';
}

/** Parses a document. @param pieces its bytes, cut anywhere */
export function parseXml(
  pieces: Iterable<Uint8Array>,
  reader: ElementReader,
  cleaner: MarkupCleaner = new MarkupCleaner(),
): ParsedXml {
  try {
    parse(pieces, cleaner, reader);
    return { kind: 'read' };
  } catch (error) {
    if (error instanceof RefusedDocument) return { kind: 'refused', detail: error.message };
    if (error instanceof ForeignDocument) return { kind: 'foreign', detail: error.message };
    if (error instanceof MalformedDocument) return { kind: 'malformed', detail: error.message };
    throw error;
  }
}

function parse(pieces: Iterable<Uint8Array>, cleaner: MarkupCleaner, reader: ElementReader): void {
  const elements = new ElementParser(reader);
  decode(pieces, (text) => elements.write(cleaner.write(text)));
  elements.write(cleaner.end());
  elements.end();
}

/** Gives the elements of clean markup to a reader. */
class ElementParser {
  readonly #reader: ElementReader;
  readonly #parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  readonly #open = new OpenMarkup();
  readonly #layout: Layout = [];
  #depth = 0;
  /** Of the tag that is open; -1 outside of tags. */
  #tagCharacters = -1;
  /** Of a text that is wanted; -1 outside of one. */
  #textCharacters = -1;
  /** Whether the parser was given all up to the end of a tag, with nothing but white space behind it. */
  #isBehindTag = false;

  constructor(reader: ElementReader) {
    this.#reader = reader;
    this.#parser.on('error', (error) => {
      if (error.message.includes(END_OF_CDATA_IN_TEXT)) return;
      throw new MalformedDocument(error.message);
    });
    this.#parser.on('opentagstart', () => {
      this.#tagCharacters = 0;
      if (++this.#depth > DEPTH_LIMIT)
        throw new RefusedDocument(`it nests more than ${DEPTH_LIMIT} elements`);
    });
    this.#parser.on('opentag', ({ name, attributes }) => {
      this.#tagCharacters = -1;
      if (this.#depth === 1 && !reader.isRoot(name)) throw new ForeignDocument(`its root is ${name}`);
      reader.open(name, attributes);
      this.#listen(reader.textOf?.has(name) === true);
    });
    this.#parser.on('closetag', () => {
      this.#depth -= 1;
      this.#listen(false);
      reader.close();
    });
  }

  write(text: string): void {
    if (this.#reader.simpleCase === undefined) {
      this.#parse(text);
      return;
    }
    const elements = new SimpleElements(text, this.#layout);
    let parsed = 0;
    for (let at = elements.next(0); at >= 0; ) {
      const before = text.slice(parsed, at);
      if (!isSpace(before) || !this.#isInContent()) this.#parse(before);
      parsed = at;
      const element = this.#isInContent() ? elements.read(at) : undefined;
      if (element !== undefined && this.#reader.simpleCase(element.attributes)) parsed = element.end;
      at = elements.next(element === undefined ? at + 1 : element.end);
    }
    const rest = text.slice(parsed);
    if (!isSpace(rest) || !this.#isInContent()) this.#parse(rest);
  }

  end(): void {
    this.#parser.close();
  }

  /** Whether what comes next is content of an element: behind a `>` that is none of text, of a value or of a reference. */
  #isInContent(): boolean {
    return (
      this.#isBehindTag && this.#depth > 0 && this.#tagCharacters < 0 && this.#open.referenceCharacters === 0
    );
  }

  /** The parser holds text only as long as somebody listens. */
  #listen(isWanted: boolean): void {
    if (isWanted === this.#textCharacters >= 0) return;
    this.#textCharacters = isWanted ? 0 : -1;
    if (isWanted) this.#parser.on('text', (text) => this.#reader.text?.(text));
    else this.#parser.off('text');
  }

  #parse(text: string): void {
    if (text === '') return;
    this.#parser.write(text);
    this.#open.write(text);
    this.#isBehindTag = isSpace(text)
      ? this.#isBehindTag
      : />[ \t\r\n]*$/.test(text.slice(-BEHIND_CHARACTERS));
    if (this.#open.referenceCharacters > REFERENCE_LIMIT_CHARACTERS)
      throw new MalformedDocument(`a reference is longer than ${REFERENCE_LIMIT_CHARACTERS} characters`);
    if (this.#open.nameCharacters > TAG_LIMIT_CHARACTERS)
      throw new RefusedDocument('a tag is longer than 8 MiB');
    if (this.#textCharacters >= 0) this.#textCharacters += text.length;
    if (this.#textCharacters > TAG_LIMIT_CHARACTERS)
      throw new RefusedDocument('the text of an element is longer than 8 MiB');
    if (this.#tagCharacters < 0) return;
    this.#tagCharacters += text.length;
    if (this.#tagCharacters > TAG_LIMIT_CHARACTERS) throw new RefusedDocument('a tag is longer than 8 MiB');
  }
}

/** More white space than that stands between no two test cases; the parser reads those all the same. */
const BEHIND_CHARACTERS = 64;

function isSpace(text: string): boolean {
  return text === '' || text === '\n' || /^[ \t\r\n]*$/.test(text);
}

function decode(pieces: Iterable<Uint8Array>, write: (text: string) => void): void {
  let decoder: Decoder | undefined;
  let head = new Uint8Array(0);
  for (const piece of pieces) {
    if (decoder !== undefined) {
      write(decoder.write(piece));
      continue;
    }
    head = head.length === 0 ? Uint8Array.from(piece) : Buffer.concat([head, piece]);
    if (head.length < ENCODING_BYTES) continue;
    decoder = decoderOf(head);
    write(decoder.write(head));
  }
  if (decoder === undefined) {
    decoder = decoderOf(head);
    write(decoder.write(head));
  }
  write(decoder.end());
}

function decoderOf(head: Uint8Array): Decoder {
  const decoder = createDecoder(head.subarray(0, ENCODING_BYTES));
  if (decoder === undefined) throw new MalformedDocument(`its encoding ${encodingOf(head)} cannot be read`);
  return decoder;
}
