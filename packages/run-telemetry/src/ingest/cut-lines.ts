/** Cuts what comes in pieces into lines, many at a time: a promise for each of a million lines takes longer than to parse it. */

/** A line with its number, counted from 1. */
export interface CutLine {
  readonly number: number;
  /** Of a line that is too long its beginning. */
  readonly text: string;
  /** Of the whole line. */
  readonly bytes: number;
}

const LINE_END = 0x0a;

/** Lines of a stream. Of a line above the limit only so much is kept, which is asked for whenever more of it comes. */
export async function* cutLines(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: () => number,
): AsyncGenerator<readonly CutLine[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let bytes = 0;
  let number = 0;
  const add = (piece: Buffer, isLent: boolean): void => {
    bytes += piece.length;
    const kept = piece.subarray(0, Math.max(0, limitBytes() + 1 - restBytes));
    if (kept.length > 0) rest.push(isLent ? Buffer.from(kept) : kept);
    restBytes += kept.length;
  };
  const take = (): CutLine => {
    number += 1;
    const text = (rest.length === 1 ? (rest[0] ?? Buffer.alloc(0)) : Buffer.concat(rest)).toString('utf8');
    const line = { number, text: number === 1 ? text.replace(/^\ufeff/, '') : text, bytes };
    rest = [];
    restBytes = 0;
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: CutLine[] = [];
    let from = 0;
    for (let end = buffer.indexOf(LINE_END); end !== -1; end = buffer.indexOf(LINE_END, from)) {
      add(buffer.subarray(from, end), false);
      lines.push(take());
      from = end + 1;
    }
    // The next chunk may be read into the same memory.
    if (from < buffer.length) add(buffer.subarray(from), true);
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) yield [take()];
}
