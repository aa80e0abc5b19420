/** The health verbs as users run them: the built command, real services, a real receiver. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { freePorts, startReceiver } from '@ephemetry/testing';
import { describe, expect, test } from 'vitest';
import { REMEMBERED_LIMIT, rememberName } from '../configuration/remembered-names.ts';
import { deployment, startService, twoTargets } from '../fixtures/health-deployment.ts';
import { jsonLines, runCommand } from '../fixtures/run-command.ts';

const NEEDLE = 'nEEdle-7f3a';

describe('check', () => {
  test('shows who is not up first, and why', async () => {
    const ended = await runCommand('health check', deployment(await twoTargets()));
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    const [title, mail, ezra, , sum] = ended.stdout.split('\n');
    expect(title).toMatch(/^TARGET +CLASS +STATE +TIME +CERTIFICATE +WHY$/);
    expect(mail).toMatch(/^mail +provider +down +\d.*s +- +the connection was refused \(ECONNREFUSED\)$/);
    expect(ezra).toMatch(/^ezra +gateway +up +\d/);
    expect(sum).toBe('2 targets: 1 up, 1 down');
  });

  test('probes only whom it is asked for, in JSON as its schema says', async () => {
    const scene = deployment(await twoTargets());
    const ended = await runCommand('health check --only ezra --vantage office --json', scene);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(ended.stdout)).toMatchObject([
      {
        vantage: 'office',
        targets: [{ target: 'ezra', state: 'up' }],
        networks: [{ network: 'tailnet', is_isolated: false }],
      },
    ]);
  });

  test.each([
    [
      'an unknown target',
      'health check --only ezra,bob',
      1,
      /--only names bob; allowed: a target that .* declares: ezra, mail/,
    ],
    ['no name', 'health check --only ,', 2, /allowed: names of targets, with commas between/],
    ['a vantage that is no label', 'health check --vantage a/b', 2, /--vantage/],
    [
      'another interval',
      'health serve --interval 10',
      2,
      /allowed: a whole number with ms, s, m, h or d, from 1000ms to 24h/,
    ],
    [
      'a port alone',
      'health serve --listen 9102',
      2,
      /allowed: an address and a port, such as 127\.0\.0\.1:9102/,
    ],
    ['a state that is no place', 'health serve --state ftp://h/x', 1, /ftp:\/\/ is not known here/],
    ['a file that is not there', 'health push --config nowhere.yaml', 1, /nowhere\.yaml cannot be read/],
  ])('refuses %s', async (_name, line, code, message) => {
    const ended = await runCommand(line, deployment(await twoTargets()));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });

  test('says where targets are declared when there are none', async () => {
    const ended = await runCommand('health check', deployment('vantage: laptop\n'));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /no targets are declared: name them in the section targets of .*ephemetry\.yaml/,
    );
  });
});

test('push delivers one round, whatever the states', async () => {
  await using receiver = await startReceiver();
  const scene = deployment(await twoTargets());
  const ended = await runCommand(
    `health push --endpoint ${receiver.url} --spool-dir ${scene.cwd}/spool`,
    scene,
  );
  expect(ended).toMatchObject({ code: 0, stdout: '2 targets: 1 up, 1 down\n', stderr: '' });
  const { counters, gauges } = receiver.totals();
  expect(counters).toEqual({
    health_probes_total: {
      'class=gateway,state=up,target=ezra,vantage=laptop': 1,
      'class=provider,state=down,target=mail,vantage=laptop': 1,
    },
  });
  expect(gauges['health_vantage_isolated']).toEqual({ 'network=tailnet,vantage=laptop': 0 });
});

test('push keeps in the spool what nobody takes', async () => {
  const [port] = await freePorts(1);
  const scene = deployment(await twoTargets());
  const line = `health push --endpoint http://127.0.0.1:${port}/v1/metrics --spool-dir ${scene.cwd}/spool`;
  const ended = await runCommand(line, scene);
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/cannot be reached .* 1 batch spooled/);
});

test('push sends nothing of a round that is stopped', async () => {
  await using receiver = await startReceiver();
  const stopping = `  slow: { command: [sh, -c, 'kill -TERM $PPID; exec sleep 600'], class: job, deadline: 60s }\n`;
  const scene = deployment(`${await twoTargets()}${stopping}`);
  const line = `health push --endpoint ${receiver.url} --spool-dir ${scene.cwd}/spool`;
  const ended = await runCommand(line, scene);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toBe('stopped before the round was complete: nothing of it is sent\n');
  expect(receiver.requests).toEqual([]);
});

describe('a vantage that the file does not declare', () => {
  const slots = (spool: string): readonly string[] => {
    const place = join(spool, 'names', 'vantage');
    return existsSync(place) ? readdirSync(place) : [];
  };

  test('is remembered by push, and by check it is not', async () => {
    await using receiver = await startReceiver();
    const scene = deployment(await twoTargets());
    const spool = join(scene.cwd, 'spool');
    const env = { EPHEMETRY_SPOOL_DIR: spool };
    await runCommand('health check --vantage office', { ...scene, env });
    expect(slots(spool)).toEqual([]);
    await runCommand(`health push --vantage office --endpoint ${receiver.url}`, { ...scene, env });
    await runCommand(`health push --vantage laptop --endpoint ${receiver.url}`, { ...scene, env });
    expect(slots(spool)).toEqual(['0']);
  });

  test.each(['push', 'check', 'serve'])(
    'is unknown for %s when there is no place, which is said',
    async (verb) => {
      await using receiver = await startReceiver();
      const scene = deployment(await twoTargets());
      const spool = join(scene.cwd, 'spool');
      for (let n = 0; n < REMEMBERED_LIMIT; n += 1) rememberName('vantage', `n${n}`, join(spool, 'names'));
      const options = {
        push: `--endpoint ${receiver.url}`,
        check: '',
        serve: '--listen 127.0.0.1:0',
      }[verb];
      const ended = await runCommand(`health ${verb} --vantage late --json ${options}`, {
        ...scene,
        env: { EPHEMETRY_SPOOL_DIR: spool },
        onStdout: (_text, program) => program.kill('SIGTERM'),
      });
      expect(ended.stderr).toMatch(
        /vantage "late" is recorded as unknown: 64 names are remembered in .*; declare/,
      );
      expect(jsonLines(ended.stdout)).toMatchObject([{ vantage: 'unknown' }]);
    },
  );
});

test('a secret is sent where it belongs, and shown nowhere', async () => {
  const { port, heads } = await startService();
  const secret = '{ file: secret }';
  const url = `http://127.0.0.1:${port}/?token=${NEEDLE}`;
  const yaml = `targets:
  a: { url: '${url}', class: gateway, headers: { authorization: ${secret}, x-key: { env: PROBE_KEY } }, body: ${secret}, method: POST, expect: { status: [299] } }
  b: { url: '${url}', class: gateway, expect: { json: { status: down } } }
  c: { command: [sh, -c, 'echo $PROBE_KEY; echo $PROBE_KEY >&2; exit 3'], class: host, environment: { PROBE_KEY: { env: PROBE_KEY } } }
  d: { url: 'tls://127.0.0.1:${port}', class: gateway }
  e: { url: 'http://127.0.0.1:${port}/', class: gateway, headers: { x-key: { env: BROKEN_KEY } } }
  f: { url: 'tls://127.0.0.1:${port}', class: gateway, authorities: ${secret} }
`;
  const scene = deployment(yaml);
  writeFileSync(join(scene.cwd, 'secret'), `${NEEDLE}\n`);
  await using receiver = await startReceiver();
  const env = {
    PROBE_KEY: NEEDLE,
    BROKEN_KEY: `${NEEDLE}\n${NEEDLE}`,
  };
  const delivery = `--endpoint ${receiver.url} --spool-dir ${scene.cwd}/spool`;
  for (const line of ['health check', 'health check --json', `health push ${delivery}`]) {
    const ended = await runCommand(line, { ...scene, env });
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(NEEDLE);
    expect(ended.stdout).not.toBe('');
    expect(ended.code).toBe(1);
  }
  // It did reach the service: in the query, a header and the authorization.
  expect(heads.join('\n')).toContain(`/?token=${NEEDLE}`);
  expect(heads.join('\n')).toContain(`"x-key":"${NEEDLE}"`);
  expect(heads.join('\n')).toContain(`"authorization":"${NEEDLE}"`);
  expect(receiver.requests).toHaveLength(1);
  const everything = { depth: null, maxStringLength: null, maxArrayLength: null };
  expect(inspect([receiver.requests, receiver.totals()], everything)).not.toContain(NEEDLE);
});
