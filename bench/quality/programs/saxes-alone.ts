/** Reads XML files with saxes alone, and counts their test cases: less cannot be done with that parser. */
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { SaxesParser } from 'saxes';

let cases = 0;
for (const path of process.argv.slice(2)) {
  const parser = new SaxesParser({ xmlns: false, position: false });
  parser.on('opentag', ({ name }) => {
    if (name === 'testcase') cases += 1;
  });
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const descriptor = openSync(path, 'r');
  for (let length = -1; length !== 0; ) {
    length = readSync(descriptor, buffer, 0, buffer.length, null);
    parser.write(decoder.write(buffer.subarray(0, length)));
  }
  closeSync(descriptor);
  parser.close();
}
process.stdout.write(String(cases));
