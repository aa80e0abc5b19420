/** One at a time, in the order of asking, each for no longer than a deadline. */

/** Somebody has had the one connection of an embedded database for too long. */
export class TurnTimeout extends Error {
  override readonly name = 'TurnTimeout';
}

/** Gives turns. */
export interface Turns {
  /**
   * Resolves when everybody before has ended its turn; the answer ends this one.
   *
   * @throws TurnTimeout
   */
  take(waitMs: number): Promise<() => void>;
}

/** Nobody has the turn yet. */
export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const giveOn = (): void => {
    const next = waiting.shift();
    if (next === undefined) isTaken = false;
    else next();
  };
  const turn = (): (() => void) => {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      giveOn();
    };
  };
  return {
    take: async (waitMs) => {
      if (isTaken) await waitIn(waiting, waitMs);
      isTaken = true;
      return turn();
    },
  };
}

function waitIn(waiting: (() => void)[], waitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(next), 1);
      reject(
        new TurnTimeout(
          `the connection was not free for ${waitMs} ms: a transaction of this program takes long, or waits for a query ` +
            'beside it. Run the queries of a transaction with the transaction.',
        ),
      );
    }, waitMs);
    const next = (): void => {
      clearTimeout(timer);
      resolve();
    };
    waiting.push(next);
  });
}
