import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOW_UNIX_MS, runIdOf, spoolOf } from '../../spool/fixtures/spool-of.ts';
import { addToLedger, takeLedger } from '../../spool/ledger.ts';
import { ownOwner } from '../../spool/owner.ts';
import { keepRejected, rejectedFolder } from '../../spool/rejected-folder.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { DrainReport } from '../messages.ts';
import type { PostOutcome } from '../post/post-outcome.ts';
import { drainRejected } from './drain-rejected.ts';

const endpoint = 'http://c:4318/v1/metrics';
const rejectedAs = (detail: string): DeliveryFailure => ({ kind: 'rejected', endpoint, status: 400, detail });
const rejected = rejectedAs('still bad');
const busy: DeliveryFailure = { kind: 'busy', endpoint, status: 503, detail: '' };

/** A spool in which these batches were rejected, oldest first. */
function rejectedSpool(...bodies: readonly string[]): { directory: string; kept: () => string[] } {
  const { directory } = spoolOf([]);
  for (const [index, body] of bodies.entries()) {
    const batch = { runId: runIdOf(1), offsetBytes: index, body: Buffer.from(body) };
    keepRejected(directory, batch, rejectedAs('bad'), NOW_UNIX_MS + index);
  }
  const folder = rejectedFolder(directory);
  const reasonOf = (name: string): string => {
    const { batch, reason } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return `${batch}: ${reason}`;
  };
  return { directory, kept: () => readdirSync(folder).sort().map(reasonOf) };
}

async function drainOf(
  directory: string,
  answer: (body: string) => PostOutcome,
  mayContinue = (): boolean => true,
): Promise<DrainReport & { readonly sent: string[] }> {
  const sent: string[] = [];
  const report = await drainRejected(
    {
      directory,
      post: async (body) => {
        const text = Buffer.from(body).toString();
        sent.push(text);
        return answer(text);
      },
      nowUnixMs: () => NOW_UNIX_MS,
      note: (counts) => addToLedger(directory, counts),
      mayContinue,
    },
    { owner: ownOwner() },
  );
  return { ...report, sent };
}

test('sends each once, oldest first, and removes what is delivered', async () => {
  const { directory, kept } = rejectedSpool('one', 'two');
  const report = await drainOf(directory, () => ({ kind: 'delivered' }));
  expect(report).toMatchObject({ delivered: 2, rejected: 0, spooled: 0, sent: ['one', 'two'] });
  expect(kept()).toEqual([]);
  expect(takeLedger(directory)).toMatchObject({ drained: 2, rejected: 0 });
});

test('what is refused again stays with the new reason, and the others go on', async () => {
  const { directory, kept } = rejectedSpool('one', 'bad', 'bad too', 'bad again', 'two');
  const report = await drainOf(directory, (body) =>
    body.startsWith('bad')
      ? { kind: 'failed', failure: rejected, isSentWhole: false }
      : { kind: 'delivered' },
  );
  expect(report).toMatchObject({ delivered: 2, rejected: 3, spooled: 0, failure: rejected });
  expect(report.sent).toHaveLength(5);
  const reason = `${endpoint} answered 400 still bad`;
  expect(kept()).toEqual([`bad: ${reason}`, `bad too: ${reason}`, `bad again: ${reason}`]);
  // It was counted when it was rejected first.
  expect(takeLedger(directory)).toMatchObject({ drained: 2, rejected: 0 });
});

test('a failure that would meet the next one too ends it, and all stay as they were', async () => {
  const { directory, kept } = rejectedSpool('one', 'two', 'three');
  const before = kept();
  const report = await drainOf(directory, () => ({ kind: 'failed', failure: busy, isSentWhole: false }));
  expect(report).toMatchObject({ delivered: 0, spooled: 3, failure: busy, sent: ['one'] });
  expect(kept()).toEqual(before);
});

test('a batch in whose middle the connection breaks stays, and the others go on', async () => {
  const { directory, kept } = rejectedSpool('large', 'one', 'large too', 'two');
  const failure: DeliveryFailure = { kind: 'unreachable', endpoint, detail: 'write EPIPE' };
  const report = await drainOf(directory, (body) =>
    body.startsWith('large')
      ? { kind: 'failed', failure, isSentWhole: false, isBrokenOff: true }
      : { kind: 'delivered' },
  );
  expect(report).toMatchObject({ delivered: 2, rejected: 0, spooled: 2, failure });
  expect(kept()).toEqual([expect.stringContaining('large: '), expect.stringContaining('large too: ')]);
});

test('three of them in a row are the fault of the endpoint', async () => {
  const { directory, kept } = rejectedSpool('one', 'two', 'three', 'four');
  const failure: DeliveryFailure = { kind: 'unreachable', endpoint, detail: 'write EPIPE' };
  const report = await drainOf(directory, () => ({
    kind: 'failed',
    failure,
    isSentWhole: false,
    isBrokenOff: true,
  }));
  expect(report).toMatchObject({ delivered: 0, spooled: 4, sent: ['one', 'two', 'three'] });
  expect(kept()).toHaveLength(4);
});

test('ends after the batch in flight when told to', async () => {
  const { directory } = rejectedSpool('one', 'two', 'three');
  let asked = 0;
  const report = await drainOf(
    directory,
    () => ({ kind: 'delivered' }),
    () => {
      asked += 1;
      return asked < 2;
    },
  );
  expect(report).toMatchObject({ delivered: 1, spooled: 2, sent: ['one'] });
});

test('two at once send each batch once', async () => {
  const bodies = Array.from({ length: 20 }, (_, index) => `batch ${index}`);
  const { directory, kept } = rejectedSpool(...bodies);
  const reports = await Promise.all([1, 2].map(() => drainOf(directory, () => ({ kind: 'delivered' }))));
  expect(reports.flatMap(({ sent }) => sent).sort()).toEqual(bodies.sort());
  expect(kept()).toEqual([]);
});
