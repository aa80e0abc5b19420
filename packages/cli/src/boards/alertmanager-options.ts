/** The options of the ways to people, for the configuration of Alertmanager. */
import type { AlertmanagerOptions } from '@ephemetry/grafana';
import { InvalidValue, type Options, optional } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import { directory, httpUrl, someText } from '../command-line/readers.ts';

/** What is given of them. */
export interface Ways {
  readonly telegramChat: number | undefined;
  readonly telegramUrl: string | undefined;
  readonly mailTo: string | undefined;
  readonly mailFrom: string | undefined;
  readonly mailServer: string | undefined;
  readonly mailUser: string | undefined;
  readonly issuesUrl: string | undefined;
  readonly secrets: string | undefined;
}

/** By key. */
export const ALERTMANAGER_OPTIONS: Options<Ways> = {
  telegramChat: optional(
    'id',
    'alertmanager: chat that p0 to p2 are told in',
    chatId,
    'nobody is told by Telegram',
  ),
  telegramUrl: optional('url', 'alertmanager: another server of the Bot API', httpUrl, "Telegram's own"),
  mailTo: optional(
    'address',
    'alertmanager: who is written to, of p0, p1 and missed targets',
    someText,
    'no mail',
  ),
  mailFrom: optional('address', 'alertmanager: who writes', someText),
  mailServer: optional('host:port', 'alertmanager: the mail server; it must speak TLS', hostAndPort),
  mailUser: optional('name', 'alertmanager: user of the mail server', someText, 'no log-in'),
  issuesUrl: optional(
    'url',
    'alertmanager: where `ephemetry alerts gitea` listens',
    httpUrl,
    'http://127.0.0.1:9095/alerts',
  ),
  secrets: optional(
    'directory',
    'alertmanager: where the files with secrets are',
    directory,
    '/etc/alertmanager/secrets',
  ),
};

/** Ways that no configuration is written of, and mails that lack an end. */
export function alertmanagerFault(board: string, format: string, values: Ways): string | undefined {
  if (format === 'alertmanager' && board !== 'quality')
    return `--board ${board} has no Alertmanager configuration; allowed: --board quality, whose routes take the alerts of every board`;
  const { ways } = waysIn(values);
  const [first] = Object.keys(present(ways));
  if (format !== 'alertmanager' && first !== undefined)
    return `${flagOf(first)} is for --format alertmanager alone; --format is ${format}`;
  const mail = [ways.mailTo, ways.mailFrom, ways.mailServer].filter((each) => each !== undefined);
  if (mail.length === 1 || mail.length === 2)
    return 'a mail needs all of --mail-to, --mail-from and --mail-server';
  return undefined;
}

/** The ways among the values of a verb, and all others. */
export function waysIn<Values extends Ways>(
  values: Values,
): { readonly ways: Ways; readonly others: Omit<Values, keyof Ways> } {
  const { telegramChat, telegramUrl, mailTo, mailFrom, mailServer, mailUser, issuesUrl, secrets, ...others } =
    values;
  const ways = {
    ...{ telegramChat, telegramUrl, mailTo, mailFrom, mailServer, mailUser },
    ...{ issuesUrl, secrets },
  };
  return { ways, others };
}

/** As the board takes them. */
export function alertmanagerOf(ways: Ways): AlertmanagerOptions {
  const { telegramChat, telegramUrl, mailTo, mailFrom, mailServer, mailUser, issuesUrl, secrets } = ways;
  const mail =
    mailTo === undefined || mailFrom === undefined || mailServer === undefined
      ? undefined
      : { to: mailTo, from: mailFrom, server: mailServer, ...present({ user: mailUser }) };
  return present({ telegramChat, telegramUrl, mail, issuesUrl, secrets });
}

function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The id of a group is negative. */
function chatId(given: string): number {
  if (/^-?[1-9][0-9]{0,15}$/.test(given)) return Number(given);
  throw new InvalidValue('allowed: the id of a chat, a whole number such as -100123; not its name');
}

function hostAndPort(given: string): string {
  if (/^[^\s:/]+:[0-9]{1,5}$/.test(given)) return given;
  throw new InvalidValue('allowed: host:port, such as mail.example.com:587');
}
