import { setTimeout as wait } from 'node:timers/promises';

/** How long to wait for what. */
export interface WaitOptions {
  /** Completes the sentence "waited … ms for …". */
  readonly what: string;
  /** @default 30000 */
  readonly deadlineMs?: number;
  /** Calls `look` whenever something changed that the condition may depend on; returns the way to stop it. */
  readonly subscribe?: (look: () => void) => () => void;
  /** Said with the failure: what is known instead. */
  readonly describe?: () => string;
}

/** Also looks without an event, for conditions of the file system or of processes. */
const LOOK_EVERY_MS = 20;

/**
 * Resolves as soon as the condition holds: it is asked at once, at every change that `subscribe` reports,
 * and every 20 ms.
 *
 * @throws {Error} naming what was waited for, when the deadline passes; and whatever the condition throws.
 * @example
 * import { existsSync, writeFile } from 'node:fs';
 * import { waitFor } from '@ephemetry/testing';
 *
 * writeFile('spool.jsonl', '', () => {});
 * await waitFor(() => existsSync('spool.jsonl'), { what: 'the spool file', deadlineMs: 2_000 });
 */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  options: WaitOptions,
): Promise<void> {
  const { what, deadlineMs = 30_000, subscribe = () => () => {}, describe } = options;
  const deadline = performance.now() + deadlineMs;
  let look = (): void => {};
  const unsubscribe = subscribe(() => look());
  try {
    while (true) {
      const changed = new Promise<void>((resolve) => {
        look = resolve;
      });
      if (await condition()) return;
      if (performance.now() >= deadline) throw new Error(failure(what, deadlineMs, describe));
      await orTimer(changed, Math.min(LOOK_EVERY_MS, Math.max(0, deadline - performance.now())));
    }
  } finally {
    unsubscribe();
  }
}

async function orTimer(changed: Promise<void>, atMostMs: number): Promise<void> {
  const controller = new AbortController();
  const timer = wait(atMostMs, undefined, { signal: controller.signal }).catch(() => {});
  await Promise.race([changed, timer]);
  controller.abort();
}

function failure(what: string, deadlineMs: number, describe?: () => string): string {
  const known = describe === undefined ? '' : `; instead: ${describe()}`;
  return `waited ${deadlineMs} ms for ${what}${known}`;
}
