/** Options of `ephemetry alerts gitea`. */
import {
  defaulted,
  flag,
  InvalidValue,
  type Options,
  optional,
  repeated,
  required,
} from '../command-line/option.ts';
import { filePath, httpUrl, someText, wholeNumber } from '../command-line/readers.ts';
import { REPOSITORY_NAME } from '../configuration/sections/repositories.ts';
import { urlFault } from '../gitea/gitea-options.ts';
import { duration, parseListenAddress } from '../serve/serve-options.ts';
import { listenOption } from '../serve/serve-page.ts';

/** What it is given. */
export interface AlertsValues {
  readonly url: string;
  readonly repository: string;
  readonly tokenFile: string;
  readonly listen: string;
  readonly webhookTokenFile: string | undefined;
  readonly source: string;
  readonly label: readonly string[];
  readonly alertmanager: readonly string[];
  readonly interval: string;
  readonly grace: string;
  readonly reopenWithin: string;
  readonly issuesPerHour: number;
  readonly watchdog: string;
  readonly heartbeatUrl: string | undefined;
  readonly dryRun: boolean;
}

const ISSUES_PER_HOUR_LIMIT = 100_000;
const SHORTEST_MS = 1_000;

export const ALERTS_OPTIONS: Options<AlertsValues> = {
  url: required('url', 'the Gitea, as https://git.example.org', httpUrl),
  repository: required('owner/name', 'the repository to open issues in', (given) => {
    if (REPOSITORY_NAME.allows(given)) return given;
    throw new InvalidValue(`allowed: ${REPOSITORY_NAME.allowed}`);
  }),
  tokenFile: required('file', 'holds a token of Gitea', filePath),
  listen: listenOption('127.0.0.1:9095'),
  webhookTokenFile: optional(
    'file',
    'holds the bearer token of whoever may deliver',
    filePath,
    'whoever reaches this port may deliver',
  ),
  source: defaulted(
    'name',
    'which Alertmanager, or cluster of them, where several open issues in one repository',
    someText,
    'alertmanager',
  ),
  label: repeated('name', 'set this label on each new issue; may be given several times', someText),
  alertmanager: repeated(
    'url',
    'hold open issues against the alerts of this Alertmanager; may be given several times',
    httpUrl,
  ),
  interval: defaulted(
    'duration',
    'from the end of a look at what is open to the next',
    duration(SHORTEST_MS, '24h'),
    '60s',
  ),
  grace: defaulted(
    'duration',
    'how long alerts must be gone until their issue is closed, and the watchdog until an issue says so',
    duration(SHORTEST_MS, '24h'),
    '10m',
  ),
  reopenWithin: defaulted(
    'duration',
    'an issue that was closed longer ago is not opened again: a new one is',
    duration(SHORTEST_MS, '365d'),
    '7d',
  ),
  issuesPerHour: defaulted(
    'number',
    'how many issues are opened within an hour; 0 for no limit. One more counts the rest',
    wholeNumber(0, ISSUES_PER_HOUR_LIMIT),
    30,
  ),
  watchdog: defaulted('alert', 'the alert that always fires; none for no such alert', someText, 'Watchdog'),
  heartbeatUrl: optional('url', 'called while all is well; with --alertmanager', httpUrl, 'nobody is called'),
  dryRun: flag('print what would be done, and do nothing'),
};

/** What is given, and must not be. */
export function alertsFault(values: AlertsValues): string | undefined {
  const wrong = urlFault(values);
  if (wrong !== undefined) return wrong;
  const fault = values.alertmanager.map(alertmanagerFault).find((each) => each !== undefined);
  if (fault !== undefined) return fault;
  if (values.heartbeatUrl !== undefined && namesUser(values.heartbeatUrl)) {
    return '--heartbeat-url must be without user and password';
  }
  if (values.heartbeatUrl !== undefined && values.alertmanager.length === 0) {
    return '--heartbeat-url needs --alertmanager: without it nobody looks whether alerts arrive, and the calls would say that all is well';
  }
  const { host } = parseListenAddress(values.listen);
  const isLoopback = host === 'localhost' || host === '::1' || /^127\./.test(host);
  if (!isLoopback && values.webhookTokenFile === undefined) {
    return `--listen ${values.listen} can be reached by others: --webhook-token-file must say who may deliver`;
  }
  return undefined;
}

/** No request is made with a user and a password in its address. */
export function alertmanagerFault(url: string): string | undefined {
  return isBare(url) ? undefined : '--alertmanager must be without user, password and query';
}

function isBare(url: string): boolean {
  const { search, hash } = new URL(url);
  return !namesUser(url) && search === '' && hash === '';
}

function namesUser(url: string): boolean {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
