/** A long answer, to a reader that is slower than the writer. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { answerLines } from './answer.ts';

const LINE = `${'x'.repeat(64 * 1024)}\n`;

/** Counts what listens for the end of the answer, whenever a piece is made. */
function* linesOf(response: ServerResponse, listeners: Set<number>): Generator<string> {
  for (let line = 0; line < 200; line += 1) {
    listeners.add(response.listenerCount('close'));
    yield LINE;
  }
}

test('waits for a slow reader without a listener more for each wait', async () => {
  const listeners = new Set<number>();
  const server = createServer((request, response) => {
    void answerLines(request, response, 'text/plain', linesOf(response, listeners));
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  const response = await fetch(`http://127.0.0.1:${address.port}/`);
  expect((await response.text()).length).toBe(200 * LINE.length);
  expect(Math.max(...listeners) - Math.min(...listeners)).toBeLessThanOrEqual(1);
});
