/**
 * What the XML parser is given: the same document without the contents of CDATA sections, comments, processing instructions
 * and the DOCTYPE, which the parser would hold in memory whole, and with U+FFFD for characters that XML forbids. What is
 * left keeps its place, so that a section where none may be is still malformed.
 */

/** Why a document is not read any further, although it may be well-formed. */
export class RefusedDocument extends Error {
  override readonly name = 'RefusedDocument';
}

/** Raw characters that XML forbids, and references, of which some name one. */
const SUSPECT = /[^\t\n\r -\ufffd]|&#/;
const FORBIDDEN = /[^\t\n\r -\ufffd]/g;
const REFERENCE = /&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));/g;

/** The longest start that must be seen whole: `<![CDATA[`, `<!DOCTYPE`, `&#1114111;`. */
const LONGEST_START = 14;

/** A DOCTYPE is read up to here. */
const DOCTYPE_LIMIT = 1024 * 1024;

type Section = 'markup' | 'cdata' | 'comment' | 'instruction' | 'doctype';

const ENDS = { cdata: ']]>', comment: '-->', instruction: '?>' } as const;

/** Cleans a document that comes in pieces. */
export class MarkupCleaner {
  /** Characters that were replaced so far. */
  replaced = 0;
  #section: Section = 'markup';
  /** What cannot be decided without the next piece. */
  #carried = '';
  #doctype: DoctypeScanner | undefined;

  /** @throws {RefusedDocument} when it declares an entity */
  write(piece: string): string {
    return this.#clean(this.#carried + piece, false);
  }

  /** What was carried; a section that is still open is missing its end, which the parser says. */
  end(): string {
    return this.#clean(this.#carried, true);
  }

  #clean(text: string, isEnd: boolean): string {
    this.#carried = '';
    let cleaned = '';
    let at = 0;
    while (at < text.length) {
      if (this.#section === 'markup') {
        const from = at;
        at = nextSection(text, from);
        const stop = isEnd || at < text.length ? at : text.length - undecided(text, from);
        cleaned += this.#legal(text.slice(from, stop));
        if (at === text.length) {
          this.#carried = text.slice(stop);
          break;
        }
        if (text.length - at < LONGEST_START && !isEnd) {
          this.#carried = text.slice(at);
          break;
        }
        const start = this.#enter(text, at);
        cleaned += start;
        at += start.length;
      } else if (this.#section === 'doctype') {
        at = this.#scanDoctype(text, at);
        if (this.#section !== 'doctype') cleaned += ' x>';
      } else {
        const end = ENDS[this.#section];
        const found = text.indexOf(end, at);
        if (found < 0) {
          const kept = Math.max(at, text.length - end.length + 1);
          this.#count(text.slice(at, kept));
          this.#carried = isEnd ? '' : text.slice(kept);
          break;
        }
        this.#count(text.slice(at, found));
        cleaned += this.#section === 'instruction' ? `x${end}` : end;
        at = found + end.length;
        this.#section = 'markup';
      }
    }
    return cleaned;
  }

  /** The start of a section, which goes to the parser as it is. */
  #enter(text: string, at: number): string {
    if (text.startsWith('<![CDATA[', at)) return this.#open('cdata', '<![CDATA[');
    if (text.startsWith('<!--', at)) return this.#open('comment', '<!--');
    if (text.startsWith('<?', at)) return this.#open('instruction', '<?');
    if (text.startsWith('<!DOCTYPE', at)) {
      this.#doctype = new DoctypeScanner();
      return this.#open('doctype', '<!DOCTYPE');
    }
    return text.slice(at, at + 2);
  }

  #open(section: Section, start: string): string {
    this.#section = section;
    return start;
  }

  #scanDoctype(text: string, from: number): number {
    const scanner = this.#doctype ?? new DoctypeScanner();
    for (let at = from; at < text.length; at++)
      if (scanner.take(text.charAt(at))) {
        this.#section = 'markup';
        this.#doctype = undefined;
        return at + 1;
      }
    return text.length;
  }

  #legal(text: string): string {
    if (!SUSPECT.test(text)) return text;
    const raw = text.replace(FORBIDDEN, () => this.#replace());
    return raw.replace(REFERENCE, (reference, hex: string | undefined, digits: string | undefined) => {
      const point = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
      return isAllowed(point) ? reference : this.#replace();
    });
  }

  /** In what is left out they count as well. */
  #count(text: string): void {
    if (SUSPECT.test(text)) this.replaced += text.match(FORBIDDEN)?.length ?? 0;
  }

  #replace(): string {
    this.replaced += 1;
    return '\ufffd';
  }
}

/** Where a `<!` or `<?` begins, or the end of the text. */
function nextSection(text: string, from: number): number {
  const declaration = text.indexOf('<!', from);
  const instruction = text.indexOf('<?', from);
  if (declaration < 0) return instruction < 0 ? text.length : instruction;
  return instruction < 0 ? declaration : Math.min(declaration, instruction);
}

/** How many characters at the end may be the beginning of something. */
function undecided(text: string, from: number): number {
  if (text.endsWith('<')) return 1;
  const reference = text.lastIndexOf('&');
  return reference >= from && text.length - reference < LONGEST_START && !text.includes(';', reference)
    ? text.length - reference
    : 0;
}

/** https://www.w3.org/TR/xml/#charsets */
function isAllowed(point: number): boolean {
  if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd;
  return point < 0xd800 || (point > 0xdfff && point < 0xfffe) || (point > 0xffff && point <= 0x10ffff);
}

/** Looks for the end of a DOCTYPE and for entities that it declares; nothing that it names is opened. */
class DoctypeScanner {
  #quote = '';
  #isInside = false;
  #isComment = false;
  #characters = 0;
  /** The last characters outside of quotes. */
  #last = '';

  /** @returns true at its end */
  take(character: string): boolean {
    if (++this.#characters > DOCTYPE_LIMIT) throw new RefusedDocument('its DOCTYPE is longer than 1 MiB');
    this.#last = (this.#last + character).slice(-8);
    if (this.#isComment) {
      if (this.#last.endsWith('-->')) this.#isComment = false;
      return false;
    }
    if (this.#quote !== '') {
      if (character === this.#quote) this.#quote = '';
      return false;
    }
    if (this.#last === '<!ENTITY') throw new RefusedDocument('it declares an entity');
    if (this.#last.endsWith('<!--')) this.#isComment = true;
    else if (character === '"' || character === "'") this.#quote = character;
    else if (character === '[') this.#isInside = true;
    else if (character === ']') this.#isInside = false;
    return character === '>' && !this.#isInside;
  }
}
