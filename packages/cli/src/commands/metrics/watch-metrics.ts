/** `ephemetry metrics watch`: analyzes on every merge until a signal. */
import { type WatchEvent, type WatchReport, watchMerges } from '@ephemetry/merge-analyzer';
import { EXIT_CODE, type ExitCode } from '../../exit-code.ts';
import { count } from '../../terminal/counted.ts';
import type { Output } from '../../terminal/output.ts';
import { listenForStop } from '../../terminal/stop-signal.ts';
import { startGaugeExport } from './gauge-export.ts';
import { analyzerOptions, type DatabaseOptions, withDatabase } from './with-database.ts';

/** Options of the command. */
export interface WatchMetricsOptions extends DatabaseOptions {
  readonly channel?: string;
  readonly pollIntervalMs?: number;
  readonly reconnectLimitMs?: number;
  /** Whether the rates are sent as OpenTelemetry gauges, too. */
  readonly gauges: boolean;
  readonly json: boolean;
}

export function watchMetrics(options: WatchMetricsOptions, output: Output): Promise<ExitCode> {
  const { channel, pollIntervalMs, reconnectLimitMs, gauges, json } = options;
  return withDatabase(options, output, false, async (database) => {
    using stop = listenForStop(output.readerGone);
    const show = json ? jsonPresentation(output) : textPresentation(output);
    const gaugeExport = gauges ? startGaugeExport(output) : undefined;
    try {
      const report = await watchMerges(database, {
        signal: stop.signal,
        ...analyzerOptions(options),
        ...(channel === undefined ? {} : { channel }),
        ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
        ...(reconnectLimitMs === undefined ? {} : { reconnectLimitMs }),
        onEvent: (event) => {
          show.event(event);
          if (event.kind === 'disconnected') gaugeExport?.pause();
          else gaugeExport?.record(event.analyzer);
        },
      });
      show.end(report);
    } finally {
      await gaugeExport?.stop();
    }
    return EXIT_CODE.done;
  });
}

interface Presentation {
  readonly event: (event: WatchEvent) => void;
  readonly end: (report: WatchReport) => void;
}

function jsonPresentation(output: Output): Presentation {
  const print = (event: string, values: object): void =>
    output.printDocument(`${JSON.stringify({ unixMs: Date.now(), event, ...values })}\n`);
  const connection = connectionNotes(output);
  return {
    event: (event) => {
      connection(event);
      if (event.kind === 'disconnected') {
        print(event.kind, { detail: event.detail, retryInMs: event.retryInMs });
      } else if (event.kind === 'elsewhere') print(event.kind, { merges: event.merges });
      else print(event.kind, event.analyzed);
    },
    end: (report) => print('stopped', report),
  };
}

function textPresentation(output: Output): Presentation {
  const connection = connectionNotes(output);
  return {
    event: (event) => {
      connection(event);
      if (event.kind === 'elsewhere') {
        output.print(`elsewhere: ${count(event.merges, 'merge', 'merges')} analyzed by another program\n`);
      } else if (event.kind !== 'disconnected') {
        output.print(`${event.kind}: ${describeCounts(event.analyzed)}\n`);
      }
    },
    end: (report) =>
      output.print(
        `stopped: ${describeCounts(report)}, ${count(report.reconnects, 'reconnect', 'reconnects')}\n`,
      ),
  };
}

/** Says once that the database is away, however often it is tried again, and once that it is back. */
function connectionNotes(output: Output): (event: WatchEvent) => void {
  let isAway = false;
  return (event) => {
    if (event.kind === 'disconnected') {
      if (!isAway) output.printError(`the database cannot be reached, trying again: ${event.detail}\n`);
      isAway = true;
    } else {
      if (isAway) output.printError('connected to the database again\n');
      isAway = false;
    }
  };
}

function describeCounts(counts: Pick<WatchReport, 'merges' | 'crossings' | 'quarantined'>): string {
  const merges = count(counts.merges, 'merge', 'merges');
  return `${merges}, ${count(counts.crossings, 'crossing', 'crossings')}, ${counts.quarantined} left out`;
}
