/** Bytes of an XML document into text, piece by piece, in whatever encoding the document says it has. */
import { StringDecoder } from 'node:string_decoder';

/** Turns pieces of a document into text. */
export interface Decoder {
  /** The text of these bytes; a character that is cut in two comes with the next piece. */
  write(bytes: Uint8Array): string;
  /** What is left. */
  end(): string;
}

/** Enough to see a byte order mark and the encoding of the XML declaration. */
export const ENCODING_BYTES = 256;

/**
 * The decoder of a document.
 *
 * @param head its first {@link ENCODING_BYTES} bytes, or all of them
 * @returns undefined when its encoding is none that can be read
 * @see https://www.w3.org/TR/xml/#sec-guessing
 */
export function createDecoder(head: Uint8Array): Decoder | undefined {
  const encoding = encodingOf(head);
  if (/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) return utf8Decoder();
  if (encoding === 'utf-32be' || encoding === 'utf-32le') return utf32Decoder(encoding === 'utf-32le');
  try {
    const decoder = new TextDecoder(encoding);
    return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
  } catch {
    return undefined;
  }
}

/** The name of the encoding: by its mark, by how its first `<` looks, or by what it declares. */
export function encodingOf(head: Uint8Array): string {
  const [a, b, c, d] = head;
  if (a === 0 && b === 0 && ((c === 0xfe && d === 0xff) || (c === 0 && d === 0x3c))) return 'utf-32be';
  if (c === 0 && d === 0 && ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0))) return 'utf-32le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  const declaration = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/.exec(
    Buffer.from(head).toString('latin1'),
  );
  const declared = declaration?.[1] ?? 'utf-8';
  // Whoever can read the declaration byte by byte does not read two bytes a character.
  return /^(utf-?(16|32)|iso-10646-ucs|ucs-?[24])/i.test(declared) ? 'utf-8' : declared;
}

function utf8Decoder(): Decoder {
  const decoder = new StringDecoder('utf8');
  let isFirst = true;
  const withoutMark = (text: string): string => {
    if (!isFirst || text === '') return text;
    isFirst = false;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  };
  return {
    write: (bytes) =>
      withoutMark(decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    end: () => withoutMark(decoder.end()),
  };
}

/** The platform knows every encoding but this one. */
function utf32Decoder(isLittleEndian: boolean): Decoder {
  let rest = Buffer.alloc(0);
  return {
    write: (bytes) => {
      const all = Buffer.concat([rest, bytes]);
      const whole = all.length - (all.length % 4);
      rest = all.subarray(whole);
      let text = '';
      for (let at = 0; at < whole; at += 4) {
        const point = isLittleEndian ? all.readUInt32LE(at) : all.readUInt32BE(at);
        const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        if (point !== 0xfeff) text += isCharacter ? String.fromCodePoint(point) : '\ufffd';
      }
      return text;
    },
    end: () => (rest.length === 0 ? '' : '\ufffd'),
  };
}
