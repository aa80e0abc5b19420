/** `gitea serve` as users run it: what it shows, what triggers it, and how it ends. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type ProgramOptions, waitFor } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';
import {
  deliver,
  forgeDeployment,
  SECRET,
  type SmallForge,
  startSmallForge,
  TOKEN,
} from '../fixtures/small-forge.ts';

/** Who waited for the answer would end no sooner; on a machine that is not busy it takes less than a tenth of it. */
const REQUEST_DEADLINE_MS = 10_000;

/** Runs until `look` has seen what it wants, and then sends the signal. */
async function serve(
  forge: SmallForge,
  scene: ProgramOptions & { readonly cwd: string },
  signal: NodeJS.Signals,
  look: (url: string) => Promise<void>,
  rest = '--interval 1s',
) {
  let signalledMs = 0;
  let fault: unknown;
  const line = `gitea serve --url ${forge.url} --token-file token --history history --listen 127.0.0.1:0 ${rest}`;
  const ended = await runCommand(line, {
    ...scene,
    timeoutMs: 60_000,
    onStderr: (text, program) => {
      const [, found] = /(http:\/\/\S+)\/metrics shows/.exec(text) ?? [];
      if (found === undefined || signalledMs > 0) return;
      signalledMs = Number.POSITIVE_INFINITY;
      void look(found)
        .catch((error: unknown) => {
          fault = error;
        })
        .finally(() => {
          signalledMs = performance.now();
          program.kill(signal);
        });
    },
  });
  if (fault !== undefined) throw fault;
  return { ended, endMs: performance.now() - signalledMs };
}

const page = async (url: string): Promise<string> => await (await fetch(`${url}/metrics`)).text();

function shows(url: string, line: RegExp): Promise<void> {
  let text = '';
  const look = async (): Promise<boolean> => {
    text = await page(url);
    return line.test(text);
  };
  return waitFor(look, { what: String(line), describe: () => text });
}

const OPEN = (count: number): RegExp =>
  new RegExp(`forge_issues_open\\{age="day",repository="team/app"\\} ${count}`);
const OPENED = (count: number): RegExp =>
  new RegExp(`forge_issues_total\\{event="opened",repository="team/app"\\} ${count}`);

test('shows what is collected, answers /healthz, and ends at SIGTERM', async () => {
  const forge = await startSmallForge();
  const { ended, endMs } = await serve(forge, forgeDeployment(), 'SIGTERM', async (url) => {
    await shows(url, OPEN(0));
    forge.open();
    await shows(url, OPENED(1));
    await shows(url, OPEN(1));
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
    expect((await fetch(`${url}/webhook`, { method: 'POST' })).status).toBe(404);
  });
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(endMs).toBeLessThan(REQUEST_DEADLINE_MS);
  expect(ended.stdout).toBe(
    'team/app was collected for the first time: what happens from now on is counted\nteam/app is collected\n',
  );
  expect(ended.stdout + ended.stderr).not.toContain(TOKEN);
});

test('counts on where a killed one ended', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  await serve(forge, scene, 'SIGKILL', async (url) => {
    await shows(url, OPEN(0));
    forge.open();
    await shows(url, OPENED(1));
  });
  forge.open();
  await serve(forge, scene, 'SIGTERM', async (url) => {
    // Before anything is collected.
    expect(await page(url)).toMatch(OPENED(1));
    await shows(url, OPENED(2));
  });
});

test('a delivery that is signed triggers a collect, and nothing else does', async () => {
  const forge = await startSmallForge();
  const look = async (url: string): Promise<void> => {
    await shows(url, OPEN(0));
    const before = forge.requests;
    expect(await deliver(url, 'another secret')).toBe(401);
    expect(await deliver(url, SECRET, { full_name: 'team/other', id: 2 })).toBe(202);
    expect((await fetch(`${url}/webhook`)).status).toBe(405);
    expect(forge.requests).toBe(before);
    forge.open();
    expect(await deliver(url, SECRET)).toBe(202);
    await shows(url, OPENED(1));
    // The same once more: what happened was counted.
    expect(await deliver(url, SECRET)).toBe(202);
    const collects = forge.requests;
    await waitFor(() => forge.requests > collects, { what: 'a collect of the replay' });
    expect(await page(url)).toMatch(OPENED(1));
  };
  const rest = '--interval 24h --webhook-secret-file secret';
  const { ended } = await serve(forge, forgeDeployment(), 'SIGTERM', look, rest);
  expect(ended.stdout + ended.stderr).not.toContain(SECRET);
});

test('a delivery of a form, and one of a repository under its new name, trigger a collect', async () => {
  const forge = await startSmallForge();
  const look = async (url: string): Promise<void> => {
    await shows(url, OPEN(0));
    forge.open();
    expect(await deliver(url, SECRET, { full_name: 'team/app' }, 'form')).toBe(202);
    await shows(url, OPENED(1));
    forge.open();
    expect(await deliver(url, SECRET, { full_name: 'team/renamed', id: 1 })).toBe(202);
    await shows(url, OPENED(2));
  };
  await serve(forge, forgeDeployment(), 'SIGTERM', look, '--interval 24h --webhook-secret-file secret');
});

test('keeps the last values of a repository that fails, says it once, and that it is well again', async () => {
  const forge = await startSmallForge();
  forge.open();
  const { ended } = await serve(forge, forgeDeployment(), 'SIGTERM', async (url) => {
    await shows(url, OPEN(1));
    forge.status = 403;
    await shows(url, /forge_requests_total\{outcome="4xx"\} [2-9]/);
    expect(await page(url)).toMatch(OPEN(1));
    forge.open();
    forge.status = 200;
    await shows(url, OPENED(1));
  });
  expect(ended.stderr.match(/was not collected/g)).toHaveLength(1);
  expect(ended.stdout).toMatch(/team\/app is collected\n$/);
});

test('ends at SIGTERM while the forge does not answer, without waiting for it', async () => {
  const forge = await startSmallForge();
  forge.isSilent = true;
  const { ended, endMs } = await serve(forge, forgeDeployment(), 'SIGTERM', () =>
    waitFor(() => forge.requests > 0, { what: 'a request' }),
  );
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(endMs).toBeLessThan(REQUEST_DEADLINE_MS);
});

test('ends when it cannot go on, instead of serving what it had', async () => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  const line = `gitea serve --url ${forge.url} --history history --listen 127.0.0.1:0 --interval 1s`;
  const ended = await runCommand(line, {
    ...scene,
    timeoutMs: 30_000,
    onStderr: (text) => {
      if (!text.includes('/metrics shows')) return;
      const history = new DatabaseSync(join(scene.cwd, 'history', 'forge.sqlite'), { timeout: 5_000 });
      history.exec('drop table if exists total');
      history.close();
    },
  });
  expect(ended).toMatchObject({ code: 1, signal: null });
  expect(ended.stderr).toContain('no such table: total');
});

test.each([
  ['is not there', (path: string) => rmSync(path), /the file secret cannot be read: ENOENT/],
  ['is empty', (path: string) => writeFileSync(path, '\n'), /the file secret is empty/],
])('a secret that %s is refused before anybody may deliver', async (_name, spoil, message) => {
  const forge = await startSmallForge();
  const scene = forgeDeployment();
  spoil(join(scene.cwd, 'secret'));
  const line = `gitea serve --url ${forge.url} --history history --webhook-secret-file secret`;
  const ended = await runCommand(line, scene);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(message);
});
