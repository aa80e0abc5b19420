/** `alerts gitea` as users run it: who may deliver, what is answered, what it shows, and how it ends. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  diskFull,
  GITEA_NEEDED,
  type Gitea,
  type GiteaRepository,
  hasGitea,
  newGiteaRepository,
  type RunningProgram,
  startGitea,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

const WEBHOOK_TOKEN = 'only-alertmanager-knows';

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  /** The options that every scene needs, and the files that they name. */
  async function newDeployment(): Promise<{ repository: GiteaRepository; cwd: string; options: string }> {
    const repository = await newGiteaRepository(gitea);
    const directory = temporaryDirectory();
    onTestFinished(() => directory.remove());
    writeFileSync(join(directory.path, 'token'), `${repository.token}\n`);
    writeFileSync(join(directory.path, 'webhook'), `${WEBHOOK_TOKEN}\n`);
    const options = `--url ${gitea.url} --repository ${repository.name} --token-file token --webhook-token-file webhook --listen 127.0.0.1:0`;
    return { repository, cwd: directory.path, options };
  }

  /** Runs it until `look` has seen what it wants. */
  async function serve(
    { cwd, options }: { readonly cwd: string; readonly options: string },
    look: (url: string, program: RunningProgram) => Promise<void>,
    signal: NodeJS.Signals = 'SIGTERM',
  ) {
    let fault: unknown;
    let isSeen = false;
    const ended = await runCommand(`alerts gitea ${options}`, {
      cwd,
      timeoutMs: 120_000,
      onStderr: (text, program) => {
        const [, url] = /(http:\/\/\S+)\/alerts files issues/.exec(text) ?? [];
        if (url === undefined || isSeen) return;
        isSeen = true;
        void look(url, program)
          .catch((error: unknown) => {
            fault = error;
          })
          .finally(() => program.kill(signal));
      },
    });
    if (fault !== undefined) throw fault;
    return ended;
  }

  const post = (url: string, body: string, token = WEBHOOK_TOKEN): Promise<Response> =>
    fetch(`${url}/alerts`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });

  test('files what is delivered, shows it, and ends well at a signal', async () => {
    const { repository, ...deployment } = await newDeployment();
    const ended = await serve(deployment, async (url) => {
      const filed = await post(url, JSON.stringify(diskFull('a')));
      expect([filed.status, await filed.text()]).toEqual([200, 'Gitea has it\n']);
      expect(await repository.states()).toEqual(['1 open']);
      const page = await (await fetch(`${url}/metrics`)).text();
      expect(page).toContain('alerts_notifications_total{outcome="accepted"} 1\n');
      expect(page).toContain('alerts_notifications_total{outcome="unavailable"} 0\n');
      expect(page).toContain('alerts_issues_total{action="opened"} 1\n');
      expect(page).toContain('alerts_open_issues 1\n');
      expect(page).toContain('alerts_request_seconds_count{outcome="accepted"} 1\n');
      expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
    });
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toContain('--alertmanager has them closed');
    expect(ended.stderr).not.toContain(repository.token);
  });

  test('refuses who has no token before a body is read, what is no notification, and what is too long', async () => {
    const { repository, ...deployment } = await newDeployment();
    await serve(deployment, async (url) => {
      const none = await fetch(`${url}/alerts`, { method: 'POST', body: JSON.stringify(diskFull('a')) });
      expect([none.status, await none.text()]).toEqual([
        401,
        'a bearer token is missing: http_config.authorization\n',
      ]);
      expect((await post(url, JSON.stringify(diskFull('a')), 'guessed')).status).toBe(401);
      const endless = await refusedWhileSending(url);
      expect(endless).toContain('HTTP/1.1 401 ');
      const wrong = await post(url, '{"version":"3"}');
      expect([wrong.status, await wrong.text()]).toEqual([
        400,
        'this is no notification of Alertmanager: version is "3"; allowed: "4", as Alertmanager sends it\n',
      ]);
      const long = JSON.stringify(diskFull('a', false, { padding: 'x'.repeat(1024 * 1024) }));
      expect(
        await post(url, long).then(
          ({ status }) => status,
          () => 413,
        ),
      ).toBe(413);
      expect(await repository.states()).toEqual([]);
      const page = await (await fetch(`${url}/metrics`)).text();
      expect(page).toContain('alerts_notifications_total{outcome="unauthorized"} 3\n');
      expect(page).toContain('alerts_notifications_total{outcome="unreadable"} 1\n');
    });
  });

  test('a body that never ends holds nobody else up', async () => {
    const { repository, ...deployment } = await newDeployment();
    await serve(deployment, async (url) => {
      const slow = Array.from({ length: 20 }, () => startSending(url));
      expect((await post(url, JSON.stringify(diskFull('a')))).status).toBe(200);
      expect(await repository.states()).toEqual(['1 open']);
      for (const socket of slow) socket.destroy();
    });
  });

  test('a dry run says what would be done, and does nothing', async () => {
    const { repository, ...deployment } = await newDeployment();
    const { stdout } = await serve(
      { ...deployment, options: `${deployment.options} --dry-run` },
      async (url) => {
        expect((await post(url, JSON.stringify(diskFull('a')))).status).toBe(200);
      },
    );
    expect(stdout).toBe('would open "[p2] DiskFull: a"\n');
    expect(await repository.states()).toEqual([]);
  });

  test('killed with deliveries on their way, the next one files each once', async () => {
    const { repository, ...deployment } = await newDeployment();
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`);
    await serve(
      deployment,
      async (url) => {
        for (const host of hosts) void post(url, JSON.stringify(diskFull(host))).catch(() => {});
        await waitFor(async () => (await repository.issues()).length > 5, { what: 'some issues' });
      },
      'SIGKILL',
    );
    await serve(deployment, async (url) => {
      for (const host of hosts) expect((await post(url, JSON.stringify(diskFull(host)))).status).toBe(200);
    });
    const open = await repository.issues('open');
    expect(open.map(({ title }) => title).toSorted()).toEqual(
      hosts.map((host) => `[p2] DiskFull: ${host}`).toSorted(),
    );
  });

  test.each([
    ['--token-file missing', /missing/],
    ['--repository boss/nowhere --token-file token', /the repository boss\/nowhere cannot be read/],
    ['--label nobody-made-it --token-file token', /there is no label "nobody-made-it"/],
  ])('%s is named at the start', async (wrong, said) => {
    const { repository, cwd } = await newDeployment();
    const named = wrong.includes('--repository') ? '' : `--repository ${repository.name}`;
    const ended = await runCommand(`alerts gitea --url ${gitea.url} --listen 127.0.0.1:0 ${named} ${wrong}`, {
      cwd,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(said);
  });

  test('an address that others reach needs a token, and no URL holds a password', async () => {
    const { cwd, repository } = await newDeployment();
    const rest = `--repository ${repository.name} --token-file token`;
    const open = await runCommand(`alerts gitea --url ${gitea.url} ${rest} --listen 0.0.0.0:9095`, { cwd });
    expect(open).toMatchObject({ code: 2 });
    expect(open.stderr).toContain(
      '--listen 0.0.0.0:9095 can be reached by others: --webhook-token-file must say',
    );
    const told = await runCommand(`alerts gitea --url http://boss:secret@127.0.0.1:1 ${rest}`, { cwd });
    expect(told).toMatchObject({ code: 2 });
    expect(told.stderr).not.toContain('secret');
  });
});

test('calls that say all is well need an Alertmanager to look at', async () => {
  const options = '--url http://127.0.0.1:1 --repository team/alerts --token-file token';
  const ended = await runCommand(`alerts gitea ${options} --heartbeat-url http://127.0.0.1:1/ping`, {});
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stderr).toContain('--heartbeat-url needs --alertmanager');
});

/** A connection that has begun to send a body, and goes on for ever. */
function startSending(url: string, token = WEBHOOK_TOKEN) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const head = [
    `POST /alerts HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${token}`,
    'content-length: 1000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n{"version"`);
  return socket;
}

/** What somebody without a token is answered although the body has not come. */
function refusedWhileSending(url: string): Promise<string> {
  const socket = startSending(url, 'guessed');
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.on('close', () => resolve(answer));
  });
}
