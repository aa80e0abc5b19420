/** What most tests here need: a Collector, a spool, and the variables that lead a program to both. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DrainReport, drain, type Verdict } from '@ephemetry/exporter';
import {
  assertTotals,
  type Behaviour,
  type Ended,
  type Receiver,
  startReceiver,
  temporaryDirectory,
} from '@ephemetry/testing';
import { expect, type TestContext } from 'vitest';
import { expectedTotals } from './fixtures/measure.ts';

/** Where all goes well the budget is no matter; a busy machine must not make it one. */
export const AMPLE_BUDGET_MS = 60_000;

/** Far above what an end takes on a busy machine, below every wait that it must not make. */
export const PROMPT_MS = 20_000;

/** One test's Collector and spool, gone when the test is finished. */
export interface Scene {
  readonly receiver: Receiver;
  /** A directory of the test's own; the spool will be inside. */
  readonly directory: string;
  readonly spoolDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Drains with a Collector that answers; then all must be counted as if `measure` had run `times` times. */
  expectCounted(times: number): Promise<DrainReport>;
}

/** Sets up a {@link Scene}. */
export async function setScene(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  options: { readonly behaviour?: Behaviour; readonly budgetMs?: number; readonly tls?: boolean } = {},
): Promise<Scene> {
  const receiver = await startReceiver(options);
  onTestFinished(() => receiver.stop());
  const { path: directory, remove } = temporaryDirectory();
  onTestFinished(remove);
  const spoolDir = join(directory, 'spool');
  return {
    receiver,
    directory,
    spoolDir,
    env: {
      EPHEMETRY_SPOOL_DIR: spoolDir,
      EPHEMETRY_EXIT_BUDGET_MS: String(options.budgetMs ?? AMPLE_BUDGET_MS),
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: receiver.url,
      // Where a wait has to end for another reason, a request that times out must not be that reason.
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
    },
    expectCounted: async (times) => {
      receiver.behave({ kind: 'answer' });
      const report = await drain({ spoolDir, endpoint: receiver.url, env: {} });
      expect(report).toMatchObject({ spooled: 0, busyFiles: 0 });
      expect(receiver.malformed).toEqual([]);
      assertTotals(receiver.totals(), expectedTotals(times));
      expect(spoolFiles(spoolDir)).toEqual([]);
      return report;
    },
  };
}

/** The path of a program under `fixtures/`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** Names of the spool files in a directory; none where there is no directory. */
export function spoolFiles(spoolDir: string): string[] {
  try {
    return readdirSync(spoolDir).filter((name) => name.endsWith('.jsonl'));
  } catch {
    return [];
  }
}

/** What the exporter has said on stderr. */
export function linesSaid(ended: Pick<Ended, 'stderr'>): string[] {
  return ended.stderr.split('\n').filter((line) => line.startsWith('ephemetry:'));
}

/** The verdicts that the program was told, in order. */
export function verdicts(ended: Pick<Ended, 'marks'>): Verdict[] {
  return ended.marks
    .filter((mark) => mark.startsWith('verdict '))
    .map((mark) => JSON.parse(mark.slice('verdict '.length)));
}

/** How it ended, to compare with bare Node. */
export function ending(ended: Ended): Pick<Ended, 'code' | 'signal' | 'survivors'> {
  return { code: ended.code, signal: ended.signal, survivors: ended.survivors };
}
