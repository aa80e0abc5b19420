import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../free-ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';

/** A web server of one line; `stubborn` ones ignore SIGTERM. */
async function options(script: string): Promise<ServiceOptions> {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const [port = 0] = await freePorts(1);
  return {
    name: 'the server',
    binary: process.execPath,
    args: ['-e', script.replace('PORT', String(port))],
    readyUrl: `http://127.0.0.1:${port}/`,
    logFile: join(directory.path, 'logs', 'server.log'),
    readyWithinMs: 5_000,
  };
}

const SERVER =
  'console.log("hello"); require("http").createServer((_, r) => r.end("ok")).listen(PORT, "127.0.0.1")';

function isAlive({ pid }: Pick<Service, 'pid'>): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

test('is ready when it answers, and gone when it is stopped', async () => {
  const service = await startService(await options(SERVER));
  expect(isAlive(service)).toBe(true);
  expect(service.log()).toBe('hello\n');
  await service.stop();
  expect(isAlive(service)).toBe(false);
  await service.stop();
});

test('says what a service said that ends before it is ready', async () => {
  await expect(startService(await options('console.error("no disk"); process.exit(1)'))).rejects.toThrow(
    /the server did not start: .*it ended\n.*no disk/s,
  );
});

test('does not leave a service running that ignores SIGTERM', async () => {
  const service = await startService(await options(`process.on("SIGTERM", () => {}); ${SERVER}`));
  await expect(service.stop(200)).rejects.toThrow('waited 200 ms for the server to stop');
  expect(isAlive(service)).toBe(false);
});
