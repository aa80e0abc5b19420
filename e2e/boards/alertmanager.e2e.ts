/** Alertmanager's configuration: each level reaches its people, and each alert is silenced by those that explain it, in a real one. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertmanagerOptions, qualityObservability, renderObservability } from '@ephemetry/grafana';
import { ALERTMANAGER_DIRECTORY, type Alertmanager, startAlertmanager, waitFor } from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ALL_WAYS: AlertmanagerOptions = {
  telegramChat: -100_123,
  mail: {
    to: 'team@example.com',
    from: 'alerts@example.com',
    server: 'mail.example.com:587',
    user: 'alerts',
  },
  services: { 'web-1': ['ezra', 'w.x'] },
};
const ALERTS = qualityObservability().alertGroups.flatMap(({ alerts }) => alerts);

type Labels = Readonly<Record<string, string>>;

let directory = '';
let configuration = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'alertmanager-'));
  configuration = written('alertmanager.yaml', ALL_WAYS);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('amtool takes the configuration with every way to people, and with none', () => {
  expect(amtool(['check-config', configuration])).toContain('SUCCESS');
  expect(amtool(['check-config', written('none.yaml', {})])).toContain('SUCCESS');
});

test('holds no secret: tokens and passwords are files', () => {
  const { receivers } = content(ALL_WAYS);
  const files = JSON.stringify(receivers).match(/"\w+_file":"[^"]+"/g) ?? [];
  expect(new Set(files)).toEqual(
    new Set([
      '"bot_token_file":"/etc/alertmanager/secrets/telegram-token"',
      '"auth_password_file":"/etc/alertmanager/secrets/mail-password"',
      '"credentials_file":"/etc/alertmanager/secrets/webhook-token"',
    ]),
  );
});

test.each([
  ['p0', 'p0'],
  ['p1', 'p1'],
  ['page', 'p1'],
  ['p2', 'p2'],
  ['p3', 'p3'],
  ['ticket', 'p3'],
  ['target', 'target'],
  ['none', 'none'],
  // A level of somebody else's rules is not lost.
  ['critical', 'p2'],
])('severity %s is routed to %s', (severity, receiver) => {
  const route = ['config', 'routes', 'test', `--config.file=${configuration}`];
  expect(amtool([...route, `severity=${severity}`, 'alertname=Any']).trim()).toBe(receiver);
});

test('each level has its ways', () => {
  const { receivers } = content(ALL_WAYS);
  const ways = receivers.map(({ name, ...channels }) => [name, Object.keys(channels)]);
  expect(Object.fromEntries(ways)).toEqual({
    none: [],
    p0: ['telegram_configs', 'email_configs', 'webhook_configs'],
    p1: ['telegram_configs', 'email_configs', 'webhook_configs'],
    p2: ['telegram_configs', 'webhook_configs'],
    p3: ['webhook_configs'],
    target: ['email_configs'],
  });
  const silent = receivers.flatMap(({ name, telegram_configs: [telegram] = [] }) =>
    telegram?.disable_notifications === true ? [name] : [],
  );
  expect(silent).toEqual(['p2']);
});

/** An alert that explains, one that it silences, and one that it does not. */
const EXPLAINED: readonly (readonly [what: string, source: Labels, silenced: Labels, heard: Labels])[] = [
  [
    'an alert of a row silences its missed target, and that of no other suite',
    named('TestPassRateLow', { suite: 'hermes' }),
    named('TestPassRateTargetMissed', { suite: 'hermes' }),
    named('TestPassRateTargetMissed', { suite: 'other' }),
  ],
  [
    'of one host alone',
    named('MemoryUsageHigh', { host: 'web-1' }),
    named('MemoryUsageTargetMissed', { host: 'web-1' }),
    named('DiskUsageTargetMissed', { host: 'web-1', device: '/dev/vda1' }),
  ],
  [
    'a disk at 90 silences the same disk at 85',
    named('DiskUsageCritical', { host: 'web-1', device: '/dev/vda1' }),
    named('DiskUsageHigh', { host: 'web-1', device: '/dev/vda1' }),
    named('DiskUsageHigh', { host: 'web-1', device: '/dev/vdb1' }),
  ],
  [
    'three days silence fourteen',
    named('CertificateExpiryCritical', { target: 'ezra' }),
    named('CertificateExpiry', { target: 'ezra' }),
    named('CertificateExpiry', { target: 'allegro' }),
  ],
  [
    'a service that is down silences its uptime',
    named('ServiceDown', { target: 'ezra', class: 'gateway' }),
    named('GatewayUptimeLow', { target: 'ezra' }),
    named('GatewayUptimeLow', { target: 'allegro' }),
  ],
  [
    'and its response',
    named('ServiceDown', { target: 'anthropic', class: 'provider' }),
    named('ProviderResponseSlow', { target: 'anthropic' }),
    named('CertificateExpiry', { target: 'anthropic' }),
  ],
  [
    'where every vantage is cut off, that alone is told',
    named('VantagesIsolated', {}),
    named('VantageIsolated', { vantage: 'laptop', network: 'tailnet' }),
    named('DiskUsageHigh', { host: 'web-1', device: '/dev/vda1' }),
  ],
  [
    'a report that is missing silences its rows, and that of no other suite',
    named('TestReportMissing', { suite: 'hermes' }),
    named('FlakyTestsHigh', { suite: 'hermes' }),
    named('FlakyTestsHigh', { suite: 'other' }),
  ],
  [
    'that of coverage silences coverage alone',
    named('CoverageReportMissing', { suite: 'hermes' }),
    named('CodeCoverageLow', { suite: 'hermes' }),
    named('TestPassRateLow', { suite: 'hermes' }),
  ],
  [
    'one repository that is not collected silences every row of the forge',
    named('ForgeReportMissing', { repository: 'team/app' }),
    named('IssuesResolvedLow', {}),
    named('TestPassRateLow', { suite: 'hermes' }),
  ],
  [
    'a host that is gone silences its exporters',
    named('HostReportMissing', { host: 'web-1' }),
    named('ExporterDown', { host: 'web-1', job: 'node', instance: 'web-1:9100' }),
    named('ExporterDown', { host: 'web-2', job: 'node', instance: 'web-2:9100' }),
  ],
  [
    'one without a name silences its rows, and no exporter of which nobody knows where it runs',
    named('HostReportMissing', {}),
    named('MemoryUsageHigh', {}),
    named('ExporterDown', { job: 'alertmanager', instance: '127.0.0.1:9093' }),
  ],
  [
    'a host that is gone silences its services',
    named('HostReportMissing', { host: 'web-1' }),
    named('ServiceDown', { target: 'w.x', class: 'gateway' }),
    named('ServiceDown', { target: 'wyx', class: 'gateway' }),
  ],
];

describe('in a real Alertmanager', () => {
  test.each(EXPLAINED)('%s', async (_, source, silenced, heard) => {
    await using alertmanager = await startWithAllWays();
    await alertmanager.fire([source, silenced, heard]);
    await waitFor(async () => (await inhibitedAt(alertmanager.url)).length > 0, {
      what: 'an alert that is inhibited',
    });
    expect(await inhibitedAt(alertmanager.url)).toEqual([silenced['alertname']]);
  });

  test('each command of the pages that silences an alert does', async () => {
    await using alertmanager = await startWithAllWays();
    const silenced: string[] = [];
    for (const { title, page } of ALERTS) {
      const [, command] = /^`(amtool [^`]+)`/.exec(page.silence ?? '') ?? [];
      if (command === undefined) continue;
      silenced.push(title);
      const [, ...args] = words(command);
      amtool([`--alertmanager.url=${alertmanager.url}`, ...args]);
    }
    // Its absence is what is told.
    expect(ALERTS.map(({ title }) => title).filter((title) => !silenced.includes(title))).toEqual([
      'Watchdog',
    ]);
    const names = (await silencesAt(alertmanager.url)).map(
      ({ matchers }) => matchers.find(({ name }) => name === 'alertname')?.value,
    );
    expect(names.toSorted()).toEqual(silenced.toSorted());
  });
});

/** As Prometheus sends it: with the labels of its rule. */
function named(title: string, subject: Labels): Labels {
  const alert = ALERTS.find((each) => each.title === title);
  if (alert === undefined) throw new Error(`no alert ${title}`);
  return { alertname: title, severity: alert.urgency, ...alert.labels, ...subject };
}

interface Silence {
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
}

interface Answered {
  readonly labels: Labels;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

/** With every way to people; it ends with its block. */
async function startWithAllWays(): Promise<Alertmanager & AsyncDisposable> {
  const alertmanager = await startAlertmanager({ configuration: text(ALL_WAYS) });
  return { ...alertmanager, [Symbol.asyncDispose]: alertmanager.stop };
}

/** Names of the alerts that others silence. */
async function inhibitedAt(url: string): Promise<readonly string[]> {
  const all = (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly Answered[];
  return all
    .filter(({ status }) => status.inhibitedBy.length > 0)
    .map(({ labels }) => labels['alertname'] ?? '');
}

async function silencesAt(url: string): Promise<readonly Silence[]> {
  return (await (await fetch(`${url}/api/v2/silences`)).json()) as readonly Silence[];
}

interface Receiver {
  readonly name: string;
  readonly telegram_configs?: readonly { readonly disable_notifications: boolean }[];
}

function content(options: AlertmanagerOptions): { readonly receivers: readonly Receiver[] } {
  return parse(text(options));
}

function text(alertmanager: AlertmanagerOptions): string {
  const [file] = renderObservability('alertmanager', qualityObservability({ alertmanager }));
  return file?.content ?? '';
}

function written(name: string, options: AlertmanagerOptions): string {
  const path = join(directory, name);
  writeFileSync(path, text(options));
  return path;
}

function amtool(args: readonly string[]): string {
  const path = join(ALERTMANAGER_DIRECTORY, 'amtool');
  if (!existsSync(path)) throw new Error('run `pnpm test:tools` first: there is no amtool');
  return execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Of a command as a shell reads it: quotes hold words together. */
function words(command: string): readonly string[] {
  return (command.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map((word) => word.replaceAll('"', ''));
}
