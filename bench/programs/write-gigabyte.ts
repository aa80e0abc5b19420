/** Writes 1 GiB to standard output as fast as its reader takes it, and says on standard error how long that took. */
import { writeSync } from 'node:fs';
import { millisecondsSince } from './say.ts';

const PIECE = Buffer.alloc(64 * 1024, 'x');
const PIECES = 2 ** 30 / PIECE.length;

const beganAtNs = process.hrtime.bigint();
for (let piece = 0; piece < PIECES; piece += 1) {
  for (let written = 0; written < PIECE.length; ) written += writeSync(1, PIECE, written);
}
writeSync(2, `tookMs ${millisecondsSince(beganAtNs)}\n`);
