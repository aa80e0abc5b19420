/**
 * Parses XML that comes in pieces, of which nothing is trusted: memory is bounded by one tag, entities are refused, and what is
 * cut off is malformed.
 */
import { SaxesParser } from 'saxes';
import { MarkupCleaner, RefusedDocument } from './clean-markup.ts';
import { createDecoder, type Decoder, ENCODING_BYTES, encodingOf } from './decode-bytes.ts';
import { OpenMarkup } from './open-markup.ts';

/** What the elements are given to, in the order of the document. */
export interface ElementReader {
  /** Whether a document may begin with this element. */
  isRoot(name: string): boolean;
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close(): void;
}

/** How it ended: where it was not read, why, in words that may quote the document. */
export type ParsedXml =
  | { readonly kind: 'read' }
  | { readonly kind: 'malformed' | 'refused' | 'foreign'; readonly detail: string };

/** Longer tags would have to be held: nobody writes them. */
const TAG_LIMIT_CHARACTERS = 8 * 1024 * 1024;
/** A longer reference names nothing; the parser looks for its end all the same. */
const REFERENCE_LIMIT_CHARACTERS = 1024;
/** Deeper documents would have to be held too. */
const DEPTH_LIMIT = 100_000;

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
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  let depth = 0;
  let tagCharacters = -1;
  const open = new OpenMarkup();
  parser.on('error', (error) => {
    throw new MalformedDocument(error.message);
  });
  parser.on('opentagstart', () => {
    tagCharacters = 0;
    if (++depth > DEPTH_LIMIT) throw new RefusedDocument(`it nests more than ${DEPTH_LIMIT} elements`);
  });
  parser.on('opentag', (tag) => {
    tagCharacters = -1;
    if (depth === 1 && !reader.isRoot(tag.name)) throw new ForeignDocument(`its root is ${tag.name}`);
    reader.open(tag.name, tag.attributes);
  });
  parser.on('closetag', () => {
    depth -= 1;
    reader.close();
  });
  const write = (text: string): void => {
    const cleaned = cleaner.write(text);
    parser.write(cleaned);
    open.write(cleaned);
    if (open.referenceCharacters > REFERENCE_LIMIT_CHARACTERS)
      throw new MalformedDocument(`a reference is longer than ${REFERENCE_LIMIT_CHARACTERS} characters`);
    if (open.nameCharacters > TAG_LIMIT_CHARACTERS) throw new RefusedDocument('a tag is longer than 8 MiB');
    if (tagCharacters < 0) return;
    tagCharacters += cleaned.length;
    if (tagCharacters > TAG_LIMIT_CHARACTERS) throw new RefusedDocument('a tag is longer than 8 MiB');
  };
  decode(pieces, write);
  parser.write(cleaner.end());
  parser.close();
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
