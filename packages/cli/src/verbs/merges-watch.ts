/** `ephemetry merges watch`: analyzes on every merge until a signal. */
import {
  type ConnectionFault,
  WATCH_DEFAULTS,
  type WatchEvent,
  type WatchReport,
  watchMerges,
} from '@ephemetry/merge-analyzer';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, flag } from '../command-line/option.ts';
import { text, wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { CONNECTION_WORDS } from '../merges/connection-words.ts';
import { DATABASE_HELP, DATABASE_OPTIONS, type DatabaseValues } from '../merges/database-options.ts';
import { startGaugeExport } from '../merges/gauge-export.ts';
import { WATCH_EVENT } from '../merges/merges-json.ts';
import { printWarnings } from '../merges/print-warnings.ts';
import { analyzerOptions, withDatabase } from '../merges/with-database.ts';
import { count } from '../terminal/counted.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signal.ts';

export const verb: Verb = defineVerb({
  name: 'merges watch',
  summary: 'Analyze on every merge, until a signal.',
  help: `${DATABASE_HELP}

If the database is unavailable, it waits and says so once on standard error. Behind a transaction pooler it polls instead of listening.`,
  examples: [
    'ephemetry merges watch --database postgres://localhost/orchestrator',
    'ephemetry merges watch --gauges --json',
  ],
  exits: { done: 'ended by SIGINT or SIGTERM', failed: 'the database cannot be used' },
  options: {
    ...DATABASE_OPTIONS,
    channel: defaulted('name', 'notification channel', text, WATCH_DEFAULTS.channel),
    pollIntervalMs: defaulted(
      'number',
      'time between two looks when no notification arrives',
      wholeNumber(10, 3_600_000),
      WATCH_DEFAULTS.pollIntervalMs,
    ),
    reconnectLimitMs: defaulted(
      'number',
      'longest wait before connecting again',
      wholeNumber(100, 3_600_000),
      WATCH_DEFAULTS.reconnectLimitMs,
    ),
    heldBackNoticeMs: defaulted(
      'number',
      'how long a transaction that merges wait for must be open to be named',
      wholeNumber(0, 86_400_000),
      WATCH_DEFAULTS.heldBackNoticeMs,
    ),
    gauges: flag('send the rates as OpenTelemetry gauges, too, as OTEL_EXPORTER_OTLP_* say'),
    json: flag('print one JSON line for each event'),
  },
  json: WATCH_EVENT,
  run: watch,
});

interface Values extends DatabaseValues {
  readonly channel: string;
  readonly pollIntervalMs: number;
  readonly reconnectLimitMs: number;
  readonly heldBackNoticeMs: number;
  /** Whether the rates are sent as OpenTelemetry gauges, too. */
  readonly gauges: boolean;
  readonly json: boolean;
}

function watch(options: Values, output: Output): Promise<ExitCode> {
  const { channel, pollIntervalMs, reconnectLimitMs, heldBackNoticeMs, gauges, json } = options;
  return withDatabase(options, output, false, async (database) => {
    using stop = listenForStop(output.readerGone);
    const show = json ? jsonPresentation(output) : textPresentation(output);
    const warned = new Set<string>();
    const gaugeExport = gauges ? startGaugeExport(output) : undefined;
    try {
      const report = await watchMerges(database, {
        signal: stop.signal,
        ...analyzerOptions(options),
        channel,
        pollIntervalMs,
        reconnectLimitMs,
        heldBackNoticeMs,
        onEvent: (event) => {
          if ('analyzer' in event) {
            const { warnings } = event.analyzer;
            printWarnings(
              warnings.filter((warning) => !warned.has(warning)),
              output,
            );
            for (const warning of warnings) warned.add(warning);
          }
          show.event(event);
          if (event.kind === 'changed') warned.add(event.detail);
          if (event.kind === 'disconnected') gaugeExport?.pause();
          else if ('analyzer' in event) gaugeExport?.record(event.analyzer);
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
    output.printJson({ unixMs: Date.now(), event, ...values });
  const connection = connectionNotes(output);
  return {
    event: (event) => {
      connection(event);
      switch (event.kind) {
        case 'disconnected': {
          const { reason, detail, retryInMs } = event;
          return print(event.kind, { reason, detail, retryInMs });
        }
        case 'polling':
          return print(event.kind, { pollIntervalMs: event.pollIntervalMs });
        case 'elsewhere':
          return print(event.kind, { merges: event.merges });
        case 'changed':
          return print(event.kind, { detail: event.detail });
        case 'held-back': {
          const { mergeEvents, pid, ageSeconds } = event;
          return print(event.kind, { mergeEvents, pid, ageSeconds });
        }
        default:
          return print(event.kind, event.analyzed);
      }
    },
    end: (report) => print('stopped', report),
  };
}

function textPresentation(output: Output): Presentation {
  const connection = connectionNotes(output);
  return {
    event: (event) => {
      connection(event);
      if (event.kind === 'held-back') {
        const merges = count(event.mergeEvents, 'merge waits', 'merges wait');
        const who = event.pid === null ? 'a prepared transaction' : `the transaction of process ${event.pid}`;
        output.printError(`${merges} for ${who}, open for ${Math.floor(event.ageSeconds / 60)} min\n`);
      } else if (event.kind === 'changed') {
        output.printError(`changed: ${event.detail}\n`);
      } else if (event.kind === 'elsewhere') {
        output.print(`elsewhere: ${count(event.merges, 'merge', 'merges')} analyzed by another program\n`);
      } else if ('analyzed' in event) {
        output.print(`${event.kind}: ${describeCounts(event.analyzed)}\n`);
      }
    },
    end: (report) =>
      output.print(
        `stopped: ${describeCounts(report)}, ${count(report.reconnects, 'reconnect', 'reconnects')}\n`,
      ),
  };
}

/**
 * Says once what is wrong, however often it is tried again, and once that it is over. A server that restarts is away
 * first and refuses then: these are two things. That notifications do not arrive is said once.
 */
function connectionNotes(output: Output): (event: WatchEvent) => void {
  const said = new Set<ConnectionFault>();
  let isPollingSaid = false;
  return (event) => {
    if (event.kind === 'polling') {
      const polls = `looks every ${event.pollIntervalMs} ms instead`;
      if (!isPollingSaid) output.printError(`notifications do not arrive through this pooler: ${polls}\n`);
      isPollingSaid = true;
    } else if (event.kind === 'disconnected') {
      const { reason, detail } = event;
      if (!said.has(reason)) output.printError(`${CONNECTION_WORDS[reason]}, trying again: ${detail}\n`);
      said.add(reason);
    } else {
      if (said.size > 0) output.printError('connected to the database again\n');
      said.clear();
    }
  };
}

function describeCounts(counts: Pick<WatchReport, 'merges' | 'crossings' | 'quarantined'>): string {
  const merges = count(counts.merges, 'merge', 'merges');
  return `${merges}, ${count(counts.crossings, 'crossing', 'crossings')}, ${counts.quarantined} left out`;
}
