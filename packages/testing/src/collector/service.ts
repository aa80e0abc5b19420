/**
 * A real program that runs until it is told to stop: a Collector, a Prometheus. Stopped by its own pid only.
 *
 *   spawn ─▶ ready (its URL answers 2xx) ─▶ stop (SIGTERM, then SIGKILL) ─▶ gone
 *               └── deadline or early end ─▶ killed, the end of its log in the error
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { waitFor } from '../wait-for.ts';

/** How to start a service, and how to see that it is ready. */
export interface ServiceOptions {
  /** For messages. */
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** PATH and HOME are added, nothing else is inherited. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 2xx once the service takes requests; several where it starts several programs. */
  readonly readyUrl: string | readonly string[];
  /** Where stdout and stderr go; appended to. Its directory is created. */
  readonly logFile: string;
  /** @default 30000 */
  readonly readyWithinMs?: number;
}

/** A started service. Disposing stops it. */
export interface Service extends AsyncDisposable {
  readonly pid: number;
  /** All it has said so far. */
  log(): string;
  /** Ends it as a platform does: SIGTERM, and SIGKILL after the deadline. Again: does nothing. @throws {Error} when SIGKILL was needed */
  stop(withinMs?: number): Promise<void>;
  /** Sends the signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** @throws {Error} with the end of its log, when it ends or is not ready in time; it does not run then. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const service = new RunningService(options);
  try {
    await service.ready();
  } catch (error) {
    await service.kill('SIGKILL');
    throw new Error(`${options.name} did not start: ${String(error)}\n${tail(service.log())}`);
  }
  return service;
}

class RunningService implements Service {
  readonly #options: ServiceOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #hasEnded = false;

  constructor(options: ServiceOptions) {
    this.#options = options;
    mkdirSync(dirname(options.logFile), { recursive: true });
    const log = openSync(options.logFile, 'a');
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(options.binary, [...options.args], {
      env: { PATH, HOME, ...options.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const killWithTester = (): void => this.#send('SIGKILL');
    process.once('exit', killWithTester);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#hasEnded = true;
        process.removeListener('exit', killWithTester);
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', end);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  log(): string {
    return readFileSync(this.#options.logFile, 'utf8');
  }

  ready(): Promise<void> {
    const { name, readyUrl, readyWithinMs = 30_000 } = this.#options;
    const urls = typeof readyUrl === 'string' ? [readyUrl] : readyUrl;
    const isReady = async (): Promise<boolean> => {
      if (this.#hasEnded) throw new Error('it ended');
      return (await Promise.all(urls.map(answersOk))).every(Boolean);
    };
    return waitFor(isReady, {
      what: `${name} to answer at ${urls.join(' and ')}`,
      deadlineMs: readyWithinMs,
    });
  }

  async stop(withinMs = 20_000): Promise<void> {
    if (this.#hasEnded) return;
    this.#send('SIGTERM');
    try {
      await waitFor(() => this.#hasEnded, { what: `${this.#options.name} to stop`, deadlineMs: withinMs });
    } finally {
      await this.kill('SIGKILL');
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#send(signal);
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #send(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function tail(log: string): string {
  return log.split('\n').slice(-20).join('\n');
}
