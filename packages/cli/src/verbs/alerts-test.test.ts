/** `alerts test` against a real Alertmanager. */
import {
  ALERTMANAGER_NEEDED,
  type Alertmanager,
  freePorts,
  hasAlertmanager,
  startAlertmanager,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../fixtures/run-command.ts';

const CONFIGURATION = JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] });

describe.skipIf(!hasAlertmanager())(
  `Alertmanager${hasAlertmanager() ? '' : ` (${ALERTMANAGER_NEEDED})`}`,
  () => {
    let alertmanager: Alertmanager;
    beforeAll(async () => {
      alertmanager = await startAlertmanager({ configuration: CONFIGURATION });
    });
    afterAll(() => alertmanager?.stop());

    const held = async (): Promise<readonly object[]> =>
      JSON.parse(await (await fetch(`${alertmanager.url}/api/v2/alerts`)).text());

    test('has an alert of the level fire, once however often it is given', async () => {
      for (let time = 0; time < 2; time += 1) {
        const ended = await runCommand(`alerts test --level p0 --for 2m --alertmanager ${alertmanager.url}`);
        expect(ended).toMatchObject({
          code: 0,
          stdout: 'Alertmanager has TestAlert of level p0; it ends in 2m\n',
          stderr: '',
        });
      }
      const alerts = await held();
      expect(alerts).toEqual([
        expect.objectContaining({
          labels: { alertname: 'TestAlert', severity: 'p0', row: 'test', test: 'test' },
        }),
      ]);
    });
  },
);

test('an Alertmanager that is not there, and a level that is none, are named', async () => {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const away = await runCommand(`alerts test --level p0 --alertmanager ${url}`);
  expect(away).toMatchObject({ code: 1, stdout: '' });
  expect(away.stderr).toBe(`${url} cannot be reached (ECONNREFUSED): name it with --alertmanager\n`);
  const wrong = await runCommand('alerts test --level p9');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('p0, p1, p2, p3, target');
});

const GITEA = 'alerts gitea --url http://127.0.0.1:1 --repository team/alerts --token-file token';

test.each([
  ['alerts test --level p0 --alertmanager', '--alertmanager must be without user, password and query'],
  [`${GITEA} --alertmanager`, '--alertmanager must be without user, password and query'],
  [`${GITEA} --heartbeat-url`, '--heartbeat-url must be without user and password'],
])('%s with a password is refused, and the password is not repeated', async (command, said) => {
  const ended = await runCommand(`${command} http://boss:secret@127.0.0.1:1`);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(said);
  expect(ended.stderr).not.toContain('secret');
});
