/**
 * Runs a command as if nobody were in between, and measures it.
 *
 *     mark in the spool ─▶ command starts ─▶ … ─▶ command ends ─▶ what happened takes the place of the mark
 *          killed here: the next run or drain counts `unknown`              └─▶ delivered, then this process ends alike
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { boundLabel, COMMAND_FAMILY, COMMAND_LABELS, UNKNOWN } from '@ephemetry/contract';
import {
  createRelay,
  describeFailure,
  type ExporterOptions,
  type Relay,
  resolveSettings,
  type Verdict,
} from '@ephemetry/exporter';
import { commandRecorder, type RecordCommand } from './command-instruments.ts';
import { type CpuSeconds, watchCpu, watchMemory } from './command-usage.ts';
import { mirrorEnd } from './mirror-end.ts';
import { type OtlpEndpoint, openEndpoint } from './otlp/otlp-endpoint.ts';
import { asksForGrpc, withOffer } from './otlp/otlp-environment.ts';
import { releaseStreams } from './own-streams.ts';
import { type CommandEnd, exitCodeOf, startCommand } from './start-command.ts';

/** What {@link runCommand} runs, and how. */
export interface RunCommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  /**
   * The value of the label `command`. Whoever says it bounds how many there are; `unknown` is counted. Asked for once, and
   * only when something is measured.
   */
  readonly label: () => string | Promise<string>;
  /** Leaves delivery to a drain. @default as `EPHEMETRY_DELIVERY` says */
  readonly spoolOnly?: boolean;
  /** Ends with {@link UNDELIVERED} when the command succeeded and not all was delivered. @default false */
  readonly requireDelivery?: boolean;
  readonly spoolDir?: string;
  /** Full URL that batches are posted to. @default as `OTEL_EXPORTER_OTLP_*` say */
  readonly endpoint?: string;
  /** Says what it does although all is well. @default false */
  readonly verbose?: boolean;
  /** Takes a line for standard error. */
  readonly say: (line: string) => void;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** The exit code of `--require-delivery` when something is left: EX_TEMPFAIL of sysexits.h. */
export const UNDELIVERED = 75;

/** A command that lives so long lives on a while: what its end needs is loaded meanwhile, 30 ms of it. */
const PREPARE_END_AFTER_MS = 200;

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
  const started = await attempt(() => startTelemetry(options, env));
  if (started.kind === 'failed') options.say(`nothing is measured: ${started.why}`);
  const telemetry = started.kind === 'done' ? started.result : undefined;
  const endpoint = telemetry && (await offerEndpoint(telemetry, env, options.say));
  if (options.verbose === true) tellSetUp(telemetry, endpoint, options);
  const given = withSpool(env, telemetry === undefined ? undefined : options.spoolDir);
  const cpuSeconds = watchCpu();
  const startedNs = process.hrtime.bigint();
  const running = startCommand({
    command: options.command,
    args: options.args,
    env: endpoint === undefined ? given : withOffer(given, endpoint),
    isTerminal,
  });
  releaseStreams();
  const memory = running.pid === undefined ? undefined : watchMemory(running.pid);
  const touching = setInterval(() => telemetry?.relay.touchMark(), TOUCH_EVERY_MS).unref();
  const preparing = setTimeout(() => telemetry?.relay.prepareEnd(), PREPARE_END_AFTER_MS).unref();
  const end = await running.ended;
  clearTimeout(preparing);
  const durationSeconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
  clearInterval(touching);
  // What was answered is on disk.
  endpoint?.close();
  const peakBytes = memory?.stop();
  const usage = { durationSeconds, peakBytes, cpu: cpuSeconds() };
  const unkept = telemetry && (await keepEnd(telemetry, end, usage));
  if (unkept !== undefined) options.say(unkept);
  if (end.kind === 'not-started') options.say(end.detail);
  mirrorEnd(end.kind === 'killed' ? end.signal : undefined);
  const code = exitCodeOf(end);
  const isLost = started.kind === 'failed' || unkept !== undefined;
  return isLost && code === 0 && options.requireDelivery === true ? UNDELIVERED : code;
}

/** What the command pushes belongs into the spool that this process delivers, wherever the command goes. */
function withSpool(env: NodeJS.ProcessEnv, spoolDir: string | undefined): NodeJS.ProcessEnv {
  return spoolDir === undefined ? env : { ...env, EPHEMETRY_SPOOL_DIR: resolve(spoolDir) };
}

/** What people ask when something is not as they expected. */
function tellSetUp(
  telemetry: Telemetry | undefined,
  endpoint: OtlpEndpoint | undefined,
  { say }: Pick<RunCommandOptions, 'say'>,
): void {
  say(
    telemetry === undefined ? 'nothing is measured' : `the run counts for the command ${telemetry.command}`,
  );
  if (endpoint !== undefined) say(`what the command measures is taken at ${endpoint.url}`);
  // Node reaps what it has started, and nothing else; as process 1 every orphan becomes a child of it.
  if (process.pid === 1)
    say(
      'this is process 1, which does not reap processes that the command leaves behind; put tini in front, or run the container with --init',
    );
}

/** Returns what to say when what happened does not count. */
async function keepEnd(telemetry: Telemetry, end: CommandEnd, usage: Usage): Promise<string | undefined> {
  const kept = await attempt(() => {
    recordEnd(telemetry, end, usage);
    return telemetry.relay.replaceMark();
  });
  if (kept.kind === 'failed') return `the end of this run is not measured: ${kept.why}`;
  if (kept.result.kind !== 'mark-stands') return undefined;
  return `${describeFailure(kept.result.failure)}: this run counts as unknown`;
}

interface Telemetry {
  readonly relay: Relay;
  readonly record: RecordCommand;
  readonly command: string;
}

/** Nothing is offered where telemetry is off, where the command is to speak gRPC, and where no port can be had. */
async function offerEndpoint(
  { relay, record, command }: Telemetry,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<OtlpEndpoint | undefined> {
  if (asksForGrpc(env)) {
    say(
      'the environment asks for OTLP over gRPC, so what the command measures is left alone; http/protobuf is kept',
    );
    return undefined;
  }
  const countRefused = (reason: string, points: number): void =>
    record('refusedPoints', points, { command, reason: boundLabel(COMMAND_LABELS.reason, reason) });
  try {
    const sinceUnixNano = BigInt(Date.now()) * 1_000_000n;
    return await openEndpoint({ relay, token: createToken(), sinceUnixNano, countRefused }, say);
  } catch (error) {
    say(`what the command measures is not kept: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Loading `node:crypto` for it would cost 3 ms. */
function createToken(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return process.getBuiltinModule('node:crypto').randomUUID();
  }
}

async function startTelemetry(
  options: RunCommandOptions,
  env: NodeJS.ProcessEnv,
): Promise<Telemetry | undefined> {
  const settings = relayOptions(options, env);
  if (!resolveSettings(settings, env).enabled) return undefined;
  const command = await options.label();
  const relay = createRelay(settings);
  const record = commandRecorder(relay.getMeter('ephemetry'));
  // What the mark counts if this process is killed. What takes its place counts anew.
  recordRun(record, command, UNKNOWN);
  relay.mark();
  return { relay, record, command };
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

/** What each run counts, once. */
function recordRun(record: RecordCommand, command: string, outcome: CommandOutcome): void {
  if (command === UNKNOWN) record('unknownNames', 1, {});
  record('runs', 1, { command, outcome });
}

interface Usage {
  readonly durationSeconds: number;
  readonly peakBytes: number | undefined;
  readonly cpu: CpuSeconds | undefined;
}

function recordEnd(
  { record, command }: Telemetry,
  end: CommandEnd,
  { durationSeconds, peakBytes, cpu }: Usage,
): void {
  const nowSeconds = Date.now() / 1000;
  const code = exitCodeOf(end);
  recordRun(record, command, outcomeOf(end));
  if (end.kind !== 'unseen') record('lastExitCode', code, { command });
  record('lastRun', nowSeconds, { command });
  if (code === 0) record('lastSuccess', nowSeconds, { command });
  if (end.kind === 'not-started') return;
  record('duration', durationSeconds, { command });
  if (cpu !== undefined) {
    record('cpu', cpu.user, { command, mode: 'user' });
    record('cpu', cpu.system, { command, mode: 'system' });
  }
  if (peakBytes !== undefined) record('memoryPeak', peakBytes, { command });
}

type CommandOutcome = 'success' | 'failure' | 'signal' | 'not_started' | typeof UNKNOWN;

function outcomeOf(end: CommandEnd): CommandOutcome {
  if (end.kind === 'not-started') return 'not_started';
  if (end.kind === 'killed') return 'signal';
  if (end.kind === 'unseen') return UNKNOWN;
  return end.code === 0 ? 'success' : 'failure';
}

type Attempt<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly why: string };

/** Whatever fails in telemetry, the command runs and its end is its own. */
async function attempt<Result>(work: () => Result | Promise<Result>): Promise<Attempt<Result>> {
  try {
    return { kind: 'done', result: await work() };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
