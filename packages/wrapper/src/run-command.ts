/**
 * Runs a command as if nobody were in between, and measures it.
 *
 *     mark in the spool ─▶ command starts ─▶ … ─▶ command ends ─▶ what happened takes the place of the mark
 *          killed here: the next run or drain counts `unknown`              └─▶ delivered, then this process ends alike
 */
import { COMMAND_FAMILY, UNKNOWN } from '@ephemetry/contract';
import { createRelay, type ExporterOptions, type Relay, type Verdict } from '@ephemetry/exporter';
import { locateSpool } from '@ephemetry/exporter/spool';
import { commandRecorder, type RecordCommand } from './command-instruments.ts';
import { nameOfCommand, rememberName } from './command-name.ts';
import { childrenCpu, watchMemory } from './command-usage.ts';
import { mirrorEnd } from './mirror-end.ts';
import { releaseStreams } from './own-streams.ts';
import { type CommandEnd, exitCodeOf, startCommand } from './start-command.ts';

/** What {@link runCommand} runs, and how. */
export interface RunCommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Value of the label `command`. @default the name of the command's file */
  readonly name?: string;
  /** Names that the deployment declares; others are remembered by the spool. @default none */
  readonly declaredNames?: readonly string[];
  /** Leaves delivery to a drain. @default as `EPHEMETRY_DELIVERY` says */
  readonly spoolOnly?: boolean;
  /** Ends with {@link UNDELIVERED} when the command succeeded and not all was delivered. @default false */
  readonly requireDelivery?: boolean;
  readonly spoolDir?: string;
  /** Full URL that batches are posted to. @default as `OTEL_EXPORTER_OTLP_*` say */
  readonly endpoint?: string;
  /** Takes a line for standard error. */
  readonly say: (line: string) => void;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** The exit code of `--require-delivery` when something is left: EX_TEMPFAIL of sysexits.h. */
export const UNDELIVERED = 75;

/** Another machine takes a file that was not touched for ten minutes. */
const TOUCH_EVERY_MS = 120_000;

/**
 * Resolves when the command has ended. What is left to do (delivering, dying by the command's signal) is done when the
 * process ends, which must then have nothing else to do.
 *
 * @returns the exit code to end with
 */
export async function runCommand(options: RunCommandOptions): Promise<number> {
  const env = options.env ?? process.env;
  const isTerminal = process.getBuiltinModule('node:tty').isatty(0);
  const telemetry = quietly(() => startTelemetry(options, env), options.say);
  const startedMs = performance.now();
  const running = startCommand({ command: options.command, args: options.args, env, isTerminal });
  releaseStreams();
  const memory = running.pid === undefined ? undefined : watchMemory(running.pid);
  const touching = setInterval(() => telemetry?.relay.touchMark(), TOUCH_EVERY_MS).unref();
  const end = await running.ended;
  const durationSeconds = (performance.now() - startedMs) / 1000;
  clearInterval(touching);
  quietly(() => {
    const peakBytes = memory?.stop();
    if (telemetry === undefined) return;
    recordEnd(telemetry, end, { durationSeconds, peakBytes });
    telemetry.relay.replaceMark();
  }, options.say);
  if (end.kind === 'not-started') options.say(end.detail);
  mirrorEnd(end.kind === 'killed' ? end.signal : undefined);
  return exitCodeOf(end);
}

interface Telemetry {
  readonly relay: Relay;
  readonly record: RecordCommand;
  readonly command: string;
}

function startTelemetry(options: RunCommandOptions, env: NodeJS.ProcessEnv): Telemetry {
  const relay = createRelay(relayOptions(options, env));
  const record = commandRecorder(relay.getMeter('ephemetry'));
  const command = chooseName(options, env);
  if (command.isBeyondLimit) record('unknownNames', 1, {});
  record('runs', 1, { command: command.name, outcome: UNKNOWN });
  relay.mark();
  if (command.isBeyondLimit) record('unknownNames', 1, {});
  return { relay, record, command: command.name };
}

function relayOptions(options: RunCommandOptions, env: NodeJS.ProcessEnv): ExporterOptions {
  const { spoolOnly, spoolDir, endpoint, requireDelivery } = options;
  return {
    serviceName: COMMAND_FAMILY.serviceName,
    // They are the command's; what is left of this process after its end may be killed at any moment.
    handleSignals: false,
    env,
    ...(spoolOnly === true ? { delivery: 'spool-only' as const } : {}),
    ...(spoolDir === undefined ? {} : { spoolDir }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(requireDelivery === true ? { onVerdict: tellUndelivered } : {}),
  };
}

function tellUndelivered(verdict: Verdict): void {
  const { spooled, inDoubt, rejected, lost, lostDataPoints } = verdict;
  const isLeft = spooled + inDoubt + rejected + lost + lostDataPoints > 0;
  if (isLeft && (process.exitCode === 0 || process.exitCode === undefined)) process.exitCode = UNDELIVERED;
}

function chooseName(
  { name, command, declaredNames = [], spoolDir }: RunCommandOptions,
  env: NodeJS.ProcessEnv,
): { readonly name: string; readonly isBeyondLimit: boolean } {
  const wanted = name ?? nameOfCommand(command);
  if (declaredNames.includes(wanted)) return { name: wanted, isBeyondLimit: false };
  const known = rememberName(wanted, [locateSpool({ spoolDir }, env).path]);
  return { name: known, isBeyondLimit: known !== wanted };
}

interface Usage {
  readonly durationSeconds: number;
  readonly peakBytes: number | undefined;
}

function recordEnd(
  { record, command }: Telemetry,
  end: CommandEnd,
  { durationSeconds, peakBytes }: Usage,
): void {
  const nowSeconds = Date.now() / 1000;
  const code = exitCodeOf(end);
  record('runs', 1, { command, outcome: outcomeOf(end) });
  record('lastExitCode', code, { command });
  record('lastRun', nowSeconds, { command });
  if (code === 0) record('lastSuccess', nowSeconds, { command });
  if (end.kind === 'not-started') return;
  record('duration', durationSeconds, { command });
  const cpu = childrenCpu();
  if (cpu !== undefined) {
    record('cpu', cpu.user, { command, mode: 'user' });
    record('cpu', cpu.system, { command, mode: 'system' });
  }
  if (peakBytes !== undefined) record('memoryPeak', peakBytes, { command });
}

function outcomeOf(end: CommandEnd): 'success' | 'failure' | 'signal' | 'not_started' {
  if (end.kind === 'not-started') return 'not_started';
  if (end.kind === 'killed') return 'signal';
  return end.code === 0 ? 'success' : 'failure';
}

/** Whatever fails in telemetry, the command runs and its end is its own. */
function quietly<Result>(work: () => Result, say: (line: string) => void): Result | undefined {
  try {
    return work();
  } catch (error) {
    say(`nothing is measured: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
