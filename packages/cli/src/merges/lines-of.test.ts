import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, it } from 'vitest';
import { linesOf } from './lines-of.ts';

it('loses no line when the reader comes late', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'lines');
  writeFileSync(path, 'a\nb\n');
  await using file = await open(path);
  await using sameFile = await open(path);
  const lines = linesOf(file);
  const early = sameFile.readLines();
  // By now a reader that did not wait would have emitted its lines.
  await new Promise((ended) => early.once('close', ended));
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  expect(read).toEqual(['a', 'b']);
});
