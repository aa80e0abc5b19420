/** Options of the verbs that push. */
import {
  flag,
  InvalidValue,
  LIST_SEPARATOR,
  type Option,
  type Options,
  optional,
} from '../command-line/option.ts';
import { ENDPOINT, SPOOL_DIR } from '../spool/place-options.ts';

/** Where it goes, and as what. */
export interface PushValues {
  readonly now: boolean;
  readonly service: string | undefined;
  readonly spoolOnly: boolean;
  readonly spoolDir: string | undefined;
  readonly endpoint: string | undefined;
}

export const PUSH_OPTIONS: Options<PushValues> = {
  now: flag('deliver now, and end with 1 when it was not delivered', { conflicts: ['spoolOnly'] }),
  service: optional(
    'name',
    'the service that it is of: the label job',
    given,
    'as OTEL_SERVICE_NAME says, else push',
  ),
  spoolOnly: flag('leave delivery to a drain or sidecar'),
  spoolDir: SPOOL_DIR,
  endpoint: ENDPOINT,
};

/** The attributes of a measurement. */
export const ATTRIBUTES: Option<Readonly<Record<string, string>>> = {
  value: 'key=value',
  short: 'a',
  help: 'an attribute, which becomes a label; may be given several times',
  isRepeatable: true,
  read: (text) => readAttributes(text?.split(LIST_SEPARATOR) ?? []),
};

/** What it is measured in. */
export const UNIT: Option<string | undefined> = optional(
  'unit',
  'what it is measured in, such as s or By',
  (text) => text,
);

function given(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidValue('allowed: text');
}

function readAttributes(texts: readonly string[]): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>();
  for (const text of texts) {
    const end = text.indexOf('=');
    if (end < 1) throw new InvalidValue('allowed: key=value');
    const key = text.slice(0, end);
    if (attributes.has(key)) throw new InvalidValue(`${key} is given twice`);
    attributes.set(key, text.slice(end + 1));
  }
  return Object.fromEntries(attributes);
}
