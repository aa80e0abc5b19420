/** `ephemetry receive`: shows what programs send, until a signal. */
import {
  type OtlpReceiver,
  type OtlpReceiverOptions,
  RECEIVER_DEFAULTS,
  startOtlpReceiver,
  TOTALS_DEFAULTS,
} from '@ephemetry/receiver';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, flag } from '../command-line/option.ts';
import { text, wholeNumber } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { RECEIVE_EVENT } from '../receive/receive-json.ts';
import {
  batchEvent,
  batchLine,
  firstTotals,
  refusedLine,
  totalsEvent,
  totalsLines,
} from '../receive/receive-lines.ts';
import { keepSmall } from '../serve/keep-small.ts';
import { LiveView } from '../terminal/live-view.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop, untilAborted } from '../terminal/stop-signal.ts';

export const verb: Verb = defineVerb({
  name: 'receive',
  summary: 'Listen for OTLP/HTTP metrics and show their totals, until a signal.',
  help: `Takes POST /v1/metrics in JSON and protobuf, plain and gzip. Serves GET /metrics for Prometheus, GET /healthz. Adds up deltas. Drops repeated batches. Refuses points that it cannot add up. Counts both. Totals live in memory only.`,
  examples: [
    'ephemetry receive',
    `ephemetry receive --port 0 --json | jq -c 'select(.event == "batch")'`,
    'curl -s http://127.0.0.1:4318/metrics',
  ],
  exits: { done: 'ended by SIGINT or SIGTERM', failed: 'cannot listen' },
  options: {
    port: defaulted(
      'number',
      'port to listen on, 0 for any that is free',
      wholeNumber(0, 65_535),
      RECEIVER_DEFAULTS.port,
    ),
    host: defaulted('address', 'address to listen on', text, RECEIVER_DEFAULTS.host),
    json: flag('print one JSON line for each batch'),
    bodyLimitBytes: defaulted(
      'number',
      'largest request, packed and unpacked',
      wholeNumber(1, 2 ** 26),
      RECEIVER_DEFAULTS.bodyLimitBytes,
    ),
    seriesLimit: defaulted(
      'number',
      'most series; further ones are refused',
      wholeNumber(1, 1e7),
      TOTALS_DEFAULTS.seriesLimit,
    ),
    streamLimit: defaulted(
      'number',
      'most streams of cumulative senders; further ones are refused',
      wholeNumber(1, 1e7),
      TOTALS_DEFAULTS.streamLimit,
    ),
    seriesMemoryBytes: defaulted(
      'number',
      'memory of series, streams and their labels; further ones are refused',
      wholeNumber(1, 2 ** 34),
      TOTALS_DEFAULTS.seriesMemoryBytes,
    ),
    duplicateMemoryBytes: defaulted(
      'number',
      'memory for recognising duplicates; the oldest points are forgotten first',
      wholeNumber(8_192, 2 ** 32),
      TOTALS_DEFAULTS.duplicateMemoryBytes,
    ),
  },
  json: RECEIVE_EVENT,
  run: receive,
});

interface Values {
  readonly port: number;
  readonly host: string;
  readonly json: boolean;
  readonly bodyLimitBytes: number;
  readonly seriesLimit: number;
  readonly streamLimit: number;
  readonly seriesMemoryBytes: number;
  readonly duplicateMemoryBytes: number;
}

/** Shows one receiver's life in one of three ways. */
interface Presentation extends Pick<OtlpReceiverOptions, 'onBatch' | 'onRefusedRequest'> {
  started(receiver: OtlpReceiver): void;
  ended(receiver: OtlpReceiver): void;
}

async function receive(options: Values, output: Output): Promise<ExitCode> {
  keepSmall();
  using stop = listenForStop(output.readerGone);
  const presentation = choosePresentation(options, output);
  const { host, port, bodyLimitBytes, seriesLimit, streamLimit, seriesMemoryBytes, duplicateMemoryBytes } =
    options;
  const limits = { seriesLimit, streamLimit, seriesMemoryBytes, duplicateMemoryBytes };
  let receiver: OtlpReceiver;
  try {
    receiver = await startOtlpReceiver({ host, port, bodyLimitBytes, limits, ...presentation });
  } catch (error) {
    output.printError(`${describeListenFault(error, options)}\n`);
    return EXIT_CODE.failed;
  }
  output.printError(`listening on ${receiver.url}\n`);
  presentation.started(receiver);
  await untilAborted(stop.signal);
  await receiver.close();
  presentation.ended(receiver);
  return EXIT_CODE.done;
}

function choosePresentation({ json }: Values, output: Output): Presentation {
  if (json) return jsonPresentation(output);
  return output.isTerminal ? livePresentation(output) : linePresentation(output);
}

function jsonPresentation(output: Output): Presentation {
  return {
    started: ({ url }) => output.printJson({ event: 'listening', url }),
    onBatch: (receipt) => output.printJson(batchEvent(receipt, Date.now())),
    onRefusedRequest: (refused) => output.printJson({ event: 'refused', unixMs: Date.now(), ...refused }),
    ended: ({ totals }) => {
      for (const piece of totalsEvent(() => totals.snapshot())) output.printDocument(piece);
    },
  };
}

function linePresentation(output: Output): Presentation {
  return {
    started: () => {},
    onBatch: (receipt) => output.print(`${batchLine(receipt)}\n`),
    onRefusedRequest: (refused) => output.printError(`${refusedLine(refused)}\n`),
    ended: ({ totals }) => output.printLines(totalsLines(() => totals.snapshot())),
  };
}

/** The table, and under it what happened last. */
function livePresentation(output: Output): Presentation {
  let latest = 'waiting for the first batch; Ctrl-C ends';
  let lines = (): readonly string[] => [];
  const view = new LiveView(output, () => [latest, ...lines()]);
  const happened = (line: string): void => {
    latest = line;
    view.refresh();
  };
  return {
    started: ({ totals }) => {
      // What happened last, the titles and the last line take three of the lines, the cursor's line one.
      lines = () =>
        firstTotals(() => totals.snapshot(), totals.seriesCount(), Math.max(1, output.size().rows - 4));
      view.draw();
    },
    onBatch: (receipt) => happened(batchLine(receipt)),
    onRefusedRequest: (refused) => happened(refusedLine(refused)),
    ended: ({ totals }) => {
      view.erase();
      output.printLines(totalsLines(() => totals.snapshot()));
    },
  };
}

function describeListenFault(error: unknown, { host, port }: Values): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken; name another with --port, or 0 for any that is free`;
  return `cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : String(error)}`;
}
