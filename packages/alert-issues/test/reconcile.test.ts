/** Held against a real Alertmanager: what was never told is found, and what is only quiet is not closed. */
import {
  ALERTMANAGER_NEEDED,
  type Alertmanager,
  diskFull,
  GITEA_NEEDED,
  type Gitea,
  type GiteaRepository,
  hasAlertmanager,
  hasGitea,
  newGiteaRepository,
  startAlertmanager,
  startGitea,
  waitFor,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Receiving, startReceiving } from './support/receiving.ts';
import { type ServedReceiver, serveReceiver } from './support/served-receiver.ts';

const missing = hasGitea() ? ALERTMANAGER_NEEDED : GITEA_NEEDED;
const canRun = hasGitea() && hasAlertmanager();

/** Short, so that the tests need not wait: an alert is gone when it was for so long. */
const GRACE_MS = 300;

describe.skipIf(!canRun)(`Alertmanager${canRun ? '' : ` (${missing})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  interface Scene {
    readonly repository: GiteaRepository;
    readonly alertmanager: Alertmanager;
    readonly served: ServedReceiver;
    /** A new receiver in the place of the last one. */
    startReceiver(): Promise<Receiving>;
  }

  async function newScene(): Promise<Scene> {
    const repository = await newGiteaRepository(gitea);
    const served = await serveReceiver();
    const alertmanager = await startAlertmanager({ configuration: configuration(served.url) });
    onTestFinished(async () => {
      served.close();
      await alertmanager.stop();
    });
    const startReceiver = async (): Promise<Receiving> => {
      const receiving = await startReceiving(gitea, repository, {
        alertmanagers: [alertmanager.url],
        graceMs: GRACE_MS,
      });
      served.receiver = receiving.receiver;
      return receiving;
    };
    return { repository, alertmanager, served, startReceiver };
  }

  const disk = (host: string) => ({ alertname: 'DiskFull', host, severity: 'p2' });

  const untilStates = (repository: GiteaRepository, ...wanted: readonly string[]): Promise<void> => {
    let states: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      states = await repository.states();
      return states.join() === wanted.join();
    };
    return waitFor(look, { what: wanted.join(), describe: () => states.join() });
  };

  /** Tends until the issue is closed. */
  const tendUntil = (
    receiving: Receiving,
    repository: GiteaRepository,
    ...wanted: readonly string[]
  ): Promise<void> => {
    const look = async (): Promise<boolean> => {
      await receiving.receiver.tend();
      return (await repository.states()).join() === wanted.join();
    };
    return waitFor(look, { what: wanted.join() });
  };

  test('an alert fires and is resolved: opened and closed by Alertmanager itself', async () => {
    const { repository, alertmanager, startReceiver } = await newScene();
    await startReceiver();
    await alertmanager.fire([disk('a')]);
    await untilStates(repository, '1 open');
    await alertmanager.resolve([disk('a')]);
    await untilStates(repository, '1 closed');
    expect(await repository.comments(1)).toEqual([expect.stringMatching(/^\*\*Resolved\*\* after/)]);
  });

  test('what a killed Alertmanager forgot is closed, and the comment says why', async () => {
    const { repository, alertmanager, startReceiver } = await newScene();
    const receiving = await startReceiver();
    await alertmanager.fire([disk('a'), disk('b')]);
    await untilStates(repository, '1 open', '2 open');
    await alertmanager.restart();
    await alertmanager.fire([disk('a')]);
    const issues = await repository.issues();
    const [gone = 0] = issues.filter(({ title }) => title.endsWith(' b')).map(({ number }) => number);
    await tendUntil(receiving, repository, ...(gone === 1 ? ['1 closed', '2 open'] : ['1 open', '2 closed']));
    expect(await repository.comments(gone)).toEqual([
      expect.stringMatching(/^\*\*Closed, as nothing fires\.\*\* Alertmanager has none of these alerts/),
    ]);
  });

  test('what is silenced fires still, and is closed once it is gone', async () => {
    const { repository, alertmanager, startReceiver } = await newScene();
    const receiving = await startReceiver();
    await alertmanager.fire([disk('a')]);
    await untilStates(repository, '1 open');
    await alertmanager.silence({ alertname: 'DiskFull' });
    const endMs = performance.now() + 4 * GRACE_MS;
    while (performance.now() < endMs) await receiving.receiver.tend();
    expect(await repository.states()).toEqual(['1 open']);
    await alertmanager.resolve([disk('a')]);
    await tendUntil(receiving, repository, '1 closed');
  });

  test('what an inhibited alert never tells is found', async () => {
    const { repository, alertmanager, startReceiver } = await newScene();
    const receiving = await startReceiver();
    await alertmanager.fire([disk('a')]);
    await untilStates(repository, '1 open');
    const worse = { alertname: 'DiskVeryFull', host: 'a', severity: 'p1' };
    await alertmanager.fire([worse]);
    await untilStates(repository, '1 open', '2 open');
    await alertmanager.resolve([disk('a')]);
    await tendUntil(receiving, repository, '1 closed', '2 open');
    await alertmanager.resolve([worse]);
    await untilStates(repository, '1 closed', '2 closed');
  });

  test('what another Alertmanager holds is not closed, as this one does not', async () => {
    const { repository, alertmanager } = await newScene();
    const east = await startReceiving(gitea, repository, { source: 'east' });
    const west = await startReceiving(gitea, repository, {
      source: 'west',
      alertmanagers: [alertmanager.url],
      graceMs: GRACE_MS,
    });
    await east.deliver(diskFull('a'));
    await west.deliver(diskFull('b'));
    await tendUntil(west, repository, '1 open', '2 closed');
  });

  test('while Alertmanager does not answer nothing is closed', async () => {
    const { repository, alertmanager, startReceiver } = await newScene();
    const receiving = await startReceiver();
    await alertmanager.fire([disk('a')]);
    await untilStates(repository, '1 open');
    await alertmanager.kill();
    const endMs = performance.now() + 4 * GRACE_MS;
    while (performance.now() < endMs) await receiving.receiver.tend();
    expect(await repository.states()).toEqual(['1 open']);
    expect(receiving.receiver.problem()).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  });

  test('while Gitea is away Alertmanager keeps an alert, and it is filed when Gitea is back', async () => {
    const { repository, alertmanager, served, startReceiver } = await newScene();
    const receiving = await startReceiver();
    await gitea.kill();
    await alertmanager.fire([disk('a')]);
    await waitFor(() => served.answers.includes(503), { what: 'an answer of 503' });
    expect(receiving.receiver.problem()).toMatch(/Gitea cannot be reached \(ECONNREFUSED\)/);
    await gitea.restart();
    await untilStates(repository, '1 open');
    await waitFor(() => receiving.receiver.problem() === undefined, { what: 'that all is well' });
  });

  test('a watchdog that does not arrive is an issue of level p0, until it does', async () => {
    const { repository, alertmanager } = await newScene();
    const receiving = await startReceiving(gitea, repository, {
      alertmanagers: [alertmanager.url],
      graceMs: GRACE_MS,
      watchdog: 'Watchdog',
    });
    await tendUntil(receiving, repository, '1 open');
    expect((await repository.issues())[0]).toMatchObject({ title: '[p0] WatchdogLost' });
    await alertmanager.fire([{ alertname: 'Watchdog', severity: 'none' }]);
    await tendUntil(receiving, repository, '1 closed');
    expect(receiving.receiver.problem()).toBeUndefined();
  });

  test('a lost watchdog whose issue a person closed is told of when it is lost again', async () => {
    const { repository, alertmanager } = await newScene();
    const receiving = await startReceiving(gitea, repository, {
      alertmanagers: [alertmanager.url],
      graceMs: GRACE_MS,
      watchdog: 'Watchdog',
    });
    const watchdog = { alertname: 'Watchdog', severity: 'none' };
    await tendUntil(receiving, repository, '1 open');
    await repository.edit(1, { state: 'closed' });
    await receiving.receiver.tend();
    expect(await repository.states()).toEqual(['1 closed']);
    await alertmanager.fire([watchdog]);
    await receiving.receiver.tend();
    expect(receiving.receiver.problem()).toBeUndefined();
    await alertmanager.resolve([watchdog]);
    await tendUntil(receiving, repository, '1 open');
  });
});

function configuration(url: string): string {
  return JSON.stringify({
    route: {
      receiver: 'p2',
      group_by: ['alertname', 'host'],
      group_wait: '10ms',
      group_interval: '1s',
      repeat_interval: '1m',
      routes: [{ receiver: 'none', matchers: ['severity="none"'] }],
    },
    inhibit_rules: [
      { source_matchers: ['severity="p1"'], target_matchers: ['severity="p2"'], equal: ['host'] },
    ],
    receivers: [{ name: 'none' }, { name: 'p2', webhook_configs: [{ url, send_resolved: true }] }],
  });
}
