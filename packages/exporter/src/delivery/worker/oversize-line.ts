/**
 * A line of an older version that no stage takes whole, for a batch had no limit there. It is split into a part of its own,
 * and what cannot be split is set aside with the reason: it must neither be lost in silence nor hold up what is behind it.
 */
import { BATCH_LIMIT_BYTES, BATCH_SPLIT_BYTES } from '../../batch-limit.ts';
import { type SetAside, setAsideLines } from '../../spool/set-aside.ts';
import { splitBatch } from '../../spool/split-batch.ts';
import { renameFile, type SpoolFile } from '../../spool/spool-files.ts';
import type { SpoolLine } from '../../spool/spool-lines.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import type { Account } from './account.ts';
import { type DeliveryMeans, settleRejected } from './deliver-file.ts';

/** Moves the line out of the file, and tells what is left of that. */
export function moveOversizeLine(
  means: DeliveryMeans,
  file: SpoolFile,
  line: SpoolLine,
  account: Account,
): SetAside {
  const { directory } = means;
  const bytes = line.endBytes - file.deliveredBytes - 1;
  const pieces = splitBatch(Buffer.from(line.body).toString('utf8'), BATCH_SPLIT_BYTES)?.map((piece) =>
    Buffer.from(piece),
  );
  const taken = pieces?.filter((piece) => piece.length <= BATCH_LIMIT_BYTES) ?? [];
  const refused = pieces?.filter((piece) => piece.length > BATCH_LIMIT_BYTES) ?? [line.body];
  // Before the offset moves: a process that dies in between leaves it in both places, not in none.
  for (const [index, body] of refused.entries())
    giveUp(
      means,
      { file, body, bytes: Math.max(body.length, pieces === undefined ? bytes : 0), index },
      account,
    );
  if (taken.length > 0) return setAsideLines(directory, file, { lines: taken, endBytes: line.endBytes });
  const moved = renameFile(directory, file, { deliveredBytes: line.endBytes });
  return moved === undefined ? { kind: 'gone' } : { kind: 'set-aside', file: moved };
}

/** Kept in `rejected/`, as far as it could be read. */
function giveUp(
  means: DeliveryMeans,
  { file, body, bytes, index }: { file: SpoolFile; body: Uint8Array; bytes: number; index: number },
  account: Account,
): void {
  const failure: DeliveryFailure = { kind: 'too-large', bytes, limitBytes: BATCH_LIMIT_BYTES };
  if (body.length === 0) {
    account.failure = failure;
    account.tally.unreadable += 1;
    means.note({ unreadable: 1 });
    return;
  }
  const batch = { runId: file.runId, offsetBytes: file.deliveredBytes + index, body };
  means.note(settleRejected(means, batch, failure, account));
}
