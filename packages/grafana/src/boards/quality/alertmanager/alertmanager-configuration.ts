/**
 * Alertmanager's configuration: which level reaches people how, and which alert silences which. Tokens and passwords are
 * read from files, so that the configuration may be shown to anybody.
 */
import { patternOf } from '../names-pattern.ts';
import { QUALITY_ROWS } from '../rows/quality-rows.ts';
import { SOURCE_NAMES, SOURCES } from '../rows/sources.ts';

/** What a deployment says of the ways to its people. */
export interface AlertmanagerOptions {
  /** A chat of Telegram, of which the bot is a member. @default nobody is told by Telegram */
  readonly telegramChat?: number;
  /** Another server of the Bot API. @default Telegram's own */
  readonly telegramUrl?: string;
  /** @default no mail is sent */
  readonly mail?: MailOptions;
  /** Where `ephemetry alerts gitea` listens. @default 'http://127.0.0.1:9095/alerts' */
  readonly issuesUrl?: string;
  /** Directory of the files `telegram-token`, `mail-password` and `webhook-token`. @default '/etc/alertmanager/secrets' */
  readonly secrets?: string;
  /** Services by the host that they run on: a host that is gone silences them. @default none is known */
  readonly services?: Readonly<Record<string, readonly string[]>>;
}

/** A mail server, and who writes to whom. */
export interface MailOptions {
  readonly to: string;
  readonly from: string;
  /** As `host:port`. It must speak TLS. */
  readonly server: string;
  /** @default no log-in */
  readonly user?: string;
}

/** The configuration before it is YAML. */
export function alertmanagerConfiguration(options: AlertmanagerOptions = {}): object {
  return {
    route: routes(),
    inhibit_rules: inhibitions(options),
    receivers: [
      { name: 'none' },
      receiver('p0', [telegram(options, false), mail(options, true), issues(options)]),
      receiver('p1', [telegram(options, false), mail(options, true), issues(options)]),
      receiver('p2', [telegram(options, true), issues(options)]),
      receiver('p3', [issues(options)]),
      receiver('target', [mail(options, false)]),
    ],
  };
}

/** Every label that tells two alerts of one name apart: each has an issue of its own. */
const SUBJECTS: readonly string[] = [
  ...new Set([
    ...QUALITY_ROWS.flatMap(({ subject }) => subject),
    ...SOURCE_NAMES.flatMap((name) => SOURCES[name].subject),
    ...['vantage', 'network', 'job', 'instance', 'rule_group', 'integration'],
    // Of the boards fab and commands.
    ...['cluster', 'command', 'reason', 'shard'],
  ]),
];

function routes(): object {
  return {
    // What has no level that is known here is not lost.
    receiver: 'p2',
    group_by: ['alertname', 'row', ...SUBJECTS],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '24h',
    routes: [
      { matchers: ['severity="none"'], receiver: 'none' },
      { matchers: ['severity="p0"'], receiver: 'p0', ...QUICK, repeat_interval: '1h' },
      // What wakes somebody on the boards of fab and of commands.
      { matchers: ['severity=~"p1|page"'], receiver: 'p1', ...QUICK, repeat_interval: '4h' },
      { matchers: ['severity="p2"'], receiver: 'p2' },
      { matchers: ['severity=~"p3|ticket"'], receiver: 'p3' },
      {
        matchers: ['severity="target"'],
        receiver: 'target',
        // One mail a day with all of them.
        group_by: ['severity'],
        group_wait: '10m',
        group_interval: '24h',
        repeat_interval: '24h',
      },
    ],
  };
}

const QUICK = { group_wait: '10s', group_interval: '1m' } as const;

function inhibitions({ services = {} }: AlertmanagerOptions): readonly object[] {
  const any = (names: readonly string[]): string => `=~"${names.join('|')}"`;
  const missing = (names: readonly (keyof typeof SOURCES)[], equal: readonly string[]): readonly object[] =>
    names.map((name) => ({
      source_matchers: [`alertname="${SOURCES[name].missing.title}"`],
      target_matchers: [`source="${name}"`, 'row!=""'],
      equal,
    }));
  return [
    // A row that is bad misses its target as well; the louder of two alerts of a row is enough.
    {
      source_matchers: ['row!=""', 'severity=~"p[0-3]"'],
      target_matchers: ['row!=""', 'severity="target"'],
      equal: ['row', ...SUBJECTS],
    },
    ...QUALITY_ROWS.flatMap(({ alerts }) =>
      alerts.slice(1).map(({ title }, index) => ({
        source_matchers: [`alertname="${title}"`],
        target_matchers: [`alertname${any(alerts.slice(0, index + 1).map((quieter) => quieter.title))}`],
        equal: ['row', ...SUBJECTS],
      })),
    ),
    {
      source_matchers: ['alertname="CertificateExpiryCritical"'],
      target_matchers: ['alertname="CertificateExpiry"'],
      equal: ['target'],
    },
    // A service that is down is slow and has little uptime, and that is no news.
    {
      source_matchers: ['alertname="ServiceDown"'],
      target_matchers: [
        `row${any(QUALITY_ROWS.filter(({ source }) => source === 'health').map(({ id }) => id))}`,
      ],
      equal: ['target'],
    },
    // A vantage that is cut off cannot report; where all are, that is the one thing to tell. What an isolated vantage does
    // not see is left out of ServiceUnreachable by its expression.
    {
      source_matchers: ['alertname="VantageIsolated"'],
      target_matchers: ['alertname="HealthReportMissing"'],
      equal: ['vantage'],
    },
    {
      source_matchers: ['alertname="VantagesIsolated"'],
      target_matchers: ['alertname=~"VantageIsolated|ServiceUnreachable|HealthReportMissing"'],
    },
    // A row without its report has no value: what still fires of it is the past.
    ...missing(['tests', 'coverage'], ['suite']),
    ...missing(['host'], ['host']),
    ...missing(['forge'], []),
    // A host that is gone takes with it what runs on it. A label that neither has is equal: a host without a name would
    // take every exporter whose scrape names none.
    {
      source_matchers: ['alertname="HostReportMissing"', 'host!=""'],
      target_matchers: ['alertname="ExporterDown"'],
      equal: ['host'],
    },
    ...Object.entries(services).map(([host, targets]) => ({
      source_matchers: ['alertname="HostReportMissing"', `host=${JSON.stringify(host)}`],
      target_matchers: [`target=~${JSON.stringify(patternOf(targets))}`],
    })),
  ];
}

type Channel = Readonly<Record<string, readonly object[]>>;

function receiver(name: string, channels: readonly Channel[]): object {
  return Object.assign({ name }, ...channels);
}

/** In a few lines: a pager shows no more. Text of labels is made safe by the template engine, which knows HTML. */
const TELEGRAM_TEXT = [
  '{{ range .Alerts }}{{ if eq .Status "firing" }}🔴{{ else }}🟢 resolved:{{ end }} <b>{{ .Labels.severity }} {{ .Labels.alertname }}</b>',
  '{{ .Annotations.summary }}',
  '{{ .Annotations.runbook_url }}',
  '{{ end }}',
].join('\n');

function telegram({ telegramChat, telegramUrl, secrets }: AlertmanagerOptions, isSilent: boolean): Channel {
  if (telegramChat === undefined) return {};
  return {
    telegram_configs: [
      {
        bot_token_file: secretFile('telegram-token', secrets),
        chat_id: telegramChat,
        ...(telegramUrl === undefined ? {} : { api_url: telegramUrl }),
        disable_notifications: isSilent,
        parse_mode: 'HTML',
        message: TELEGRAM_TEXT,
        send_resolved: true,
      },
    ],
  };
}

function mail({ mail: given, secrets }: AlertmanagerOptions, isResolved: boolean): Channel {
  if (given === undefined) return {};
  const { to, from, server, user } = given;
  const login =
    user === undefined
      ? {}
      : { auth_username: user, auth_password_file: secretFile('mail-password', secrets) };
  return {
    email_configs: [{ to, from, smarthost: server, ...login, require_tls: true, send_resolved: isResolved }],
  };
}

function issues({ issuesUrl = 'http://127.0.0.1:9095/alerts', secrets }: AlertmanagerOptions): Channel {
  return {
    webhook_configs: [
      {
        url: issuesUrl,
        http_config: {
          authorization: { type: 'Bearer', credentials_file: secretFile('webhook-token', secrets) },
        },
        // The issue closes with it.
        send_resolved: true,
      },
    ],
  };
}

function secretFile(name: string, directory = '/etc/alertmanager/secrets'): string {
  return `${directory.replace(/\/+$/, '')}/${name}`;
}
