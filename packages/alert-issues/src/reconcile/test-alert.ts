/** Gives an Alertmanager an alert as Prometheus would. */
import { ALERT_LEVELS, type AlertLevel } from '@ephemetry/contract';
import { problemOf, shownOrigin } from './alertmanager.ts';

/** A level that reaches somebody. */
export type TestLevel = Exclude<AlertLevel, 'none'>;
export const TEST_LEVELS: readonly TestLevel[] = ALERT_LEVELS.filter((level) => level !== 'none');

/** Which alert. */
export interface TestAlert {
  /** The Alertmanager, as people open it. */
  readonly url: string;
  readonly level: TestLevel;
  /** Tells it from others. */
  readonly name: string;
  /** How long it fires. */
  readonly forMs: number;
}

const TIMEOUT_MS = 10_000;

/** @returns what went wrong; undefined when Alertmanager has it */
export async function sendTestAlert({ url, level, name, forMs }: TestAlert): Promise<string | undefined> {
  const nowMs = Date.now();
  const alert = {
    labels: { alertname: 'TestAlert', severity: level, row: 'test', test: name },
    annotations: { summary: `A test of the way of alerts of level ${level}: nothing is wrong` },
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + forMs).toISOString(),
  };
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `${shownOrigin(url)} answers ${response.status}: is it an Alertmanager?`;
  } catch (error) {
    return `${shownOrigin(url)} ${problemOf(error)}: name it with --alertmanager`;
  }
}
