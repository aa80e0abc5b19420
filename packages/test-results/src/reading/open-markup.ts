/**
 * How long a name of a tag or a reference is that has begun and not ended: the parser holds them, and says nothing of them
 * before their end.
 */

/** Watches markup that comes in pieces, without sections that hold text: there `<` and `&` begin nothing else. */
export class OpenMarkup {
  /** Of the name behind `<` or `</` that has not ended. */
  nameCharacters = 0;
  /** Of the reference behind `&` that has not ended. */
  referenceCharacters = 0;

  write(piece: string): void {
    if (piece === '') return;
    this.#writeName(piece);
    this.#writeReference(piece);
  }

  #writeName(piece: string): void {
    if (this.nameCharacters > 0 && !END_OF_NAME.test(piece)) {
      this.nameCharacters += piece.length;
      return;
    }
    this.nameCharacters = 0;
    // It looks from the front, which is fast where there is none.
    if (!piece.includes('<')) return;
    const start = piece.lastIndexOf('<');
    const name = piece.slice(start + 1).replace(/^\//, '');
    if (!END_OF_NAME.test(name)) this.nameCharacters = piece.length - start;
  }

  #writeReference(piece: string): void {
    if (this.referenceCharacters === 0 && !piece.includes('&')) return;
    const end = piece.lastIndexOf(';');
    if (this.referenceCharacters > 0 && end < 0) {
      this.referenceCharacters += piece.length;
      return;
    }
    const start = piece.indexOf('&', end + 1);
    this.referenceCharacters = start < 0 ? 0 : piece.length - start;
  }
}

const END_OF_NAME = /[\s/>]/;
