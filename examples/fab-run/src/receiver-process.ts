import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** `ephemetry receive`, running. */
export interface ReceiverProcess {
  /** Where batches are posted. */
  readonly endpoint: string;
  /** What it has received so far, as Prometheus text. */
  readPrometheusText(): Promise<string>;
  stop(): Promise<void>;
}

const EPHEMETRY = fileURLToPath(
  new URL('./dist/main.js', import.meta.resolve('@ephemetry/cli/package.json')),
);
const START_LIMIT_MS = 5_000;

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free on 127.0.0.1');
  return address.port;
}

/** Starts `ephemetry receive` and waits until it answers. */
export async function startReceiver(port: number): Promise<ReceiverProcess> {
  const child = spawn(process.execPath, [EPHEMETRY, 'receive', '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  const readPrometheusText = async (): Promise<string> => (await fetch(`${origin}/metrics`)).text();
  await waitUntil(readPrometheusText, child);
  return { endpoint: `${origin}/v1/metrics`, readPrometheusText, stop: () => stop(child) };
}

async function waitUntil(answers: () => Promise<unknown>, child: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (child.exitCode === null && performance.now() < deadlineMs) {
    const isUp = await answers().then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill();
  throw new Error(
    `ephemetry receive did not answer within ${START_LIMIT_MS} ms (exit code ${child.exitCode})`,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await closed;
}
