/** `ephemetry receive`: shows what programs send, until a signal. */

import { setFlagsFromString } from 'node:v8';
import { type OtlpReceiver, type OtlpReceiverOptions, startOtlpReceiver } from '@ephemetry/receiver';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { LiveView } from '../terminal/live-view.ts';
import type { Output } from '../terminal/output.ts';
import { listenForStop, untilAborted } from '../terminal/stop-signal.ts';
import {
  batchEvent,
  batchLine,
  firstTotals,
  refusedLine,
  totalsEvent,
  totalsLines,
} from './receive-lines.ts';

/** Options of the command. */
export interface ReceiveOptions {
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

export async function receive(options: ReceiveOptions, output: Output): Promise<ExitCode> {
  // V8 lets garbage grow to three times of what lives before it looks: 360 MiB where 120 do.
  setFlagsFromString('--optimize-for-size');
  using stop = listenForStop(output.readerGone);
  const presentation = choosePresentation(options, output);
  const { host, port, bodyLimitBytes, ...limits } = options;
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

function choosePresentation({ json }: ReceiveOptions, output: Output): Presentation {
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

function describeListenFault(error: unknown, { host, port }: ReceiveOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `port ${port} on ${host} is taken; name another with --port, or 0 for any that is free`;
  return `cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : String(error)}`;
}
