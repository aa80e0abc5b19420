/** `ephemetry health serve` with 200 targets every 15 seconds: what it uses while nothing happens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '@ephemetry/testing';
import type { Figure } from '../../scripts/figure.ts';
import { COMMAND } from './process-usage.ts';

const TARGETS = 200;
const WARM_UP_MS = 20_000;
const MEASURED_MS = 60_000;
/** Of Linux, in which `/proc` counts. */
const TICKS_A_SECOND = 100;

/** Measures it. */
export async function measureHealth(directory: string, share: number): Promise<readonly Figure[]> {
  const server = createServer((_, response) => response.end('{"status":"ok"}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the service listens on no port');
  const [port] = await freePorts(1);
  writeFileSync(join(directory, 'ephemetry.yaml'), deployment(address.port));
  const args = [COMMAND, 'health', 'serve', '--listen', `127.0.0.1:${port}`, '--interval', '15s'];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await sleep(WARM_UP_MS * Math.max(share, 0.2));
    const before = cpuSeconds(child.pid);
    const startedAt = performance.now();
    await sleep(MEASURED_MS * share);
    const seconds = (performance.now() - startedAt) / 1000;
    return [
      {
        name: 'health.cpu',
        meaning: 'CPU of probing 200 targets over HTTP every 15 seconds, in percent of one core',
        unit: '%',
        value: ((cpuSeconds(child.pid) - before) / seconds) * 100,
        bar: { limit: 5, goFor: 2 },
      },
      {
        name: 'health.peak',
        meaning: 'memory of that program',
        unit: 'MiB',
        value: peakMiB(child.pid),
        bar: { limit: 90, goFor: 70 },
      },
    ];
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    server.closeAllConnections();
    server.close();
  }
}

function deployment(port: number): string {
  const targets = Array.from(
    { length: TARGETS },
    (_, number) =>
      `  t${number}: { url: 'http://127.0.0.1:${port}/health', class: service, expect: { json: { status: ok } } }`,
  );
  return `vantage: bench\nlimits: { target: ${TARGETS} }\ntargets:\n${targets.join('\n')}\n`;
}

function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

function peakMiB(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
