/** Secrets out of an event, before anything of it is written. */
import type { AgentEvent, PayloadValue } from '../event/agent-event.ts';
import { isSecretName, REDACTED, redactSecrets } from '../event/redact-secrets.ts';

/** Names and versions come again and again: so many texts are remembered, unless they are long. */
const REMEMBERED = 10_000;
const REMEMBERED_LENGTH = 200;
/** No secret is shorter, with what tells that it is one. */
const SHORTEST = 5;
/** Under the name of a secret. */
const SHORTEST_VALUE = 3;

/** Redacts events, and counts in how many texts there was a secret. Owned by whoever reads them. */
export class EventRedactor {
  readonly #known = new Map<string, string>();
  #secrets = 0;

  /** The same event, where it has none. */
  redact(event: AgentEvent): AgentEvent {
    let fields: Map<string, PayloadValue> | undefined;
    for (const [name, value] of event.fields) {
      const clean = typeof value === 'string' ? this.#text(value) : this.#texts(value);
      if (clean === value) continue;
      fields ??= new Map(event.fields);
      fields.set(name, clean);
    }
    const stage = event.stage === undefined ? undefined : this.#text(event.stage);
    if (fields === undefined && stage === event.stage) return event;
    return { ...event, stage, fields: fields ?? event.fields };
  }

  /** Counted since the last time this was asked. */
  takeSecrets(): number {
    const secrets = this.#secrets;
    this.#secrets = 0;
    return secrets;
  }

  #texts(value: PayloadValue): PayloadValue {
    if (typeof value !== 'object') return value;
    const entries = Object.entries(value);
    const clean = entries.map(([name, each]): [string, string] => [
      this.#text(name),
      each === undefined ? each : this.#named(name, each),
    ]);
    const isSame = clean.every(([name, each], at) => name === entries[at]?.[0] && each === entries[at]?.[1]);
    return isSame ? value : Object.fromEntries(clean);
  }

  /** A setting `api_key` tells by its name what it is. */
  #named(name: string, value: string): string {
    if (!isSecretName(name) || value.length < SHORTEST_VALUE) return this.#text(value);
    if (value !== REDACTED) this.#secrets += 1;
    return REDACTED;
  }

  #text(text: string): string {
    if (text.length < SHORTEST) return text;
    const known = this.#known.get(text);
    if (known !== undefined) {
      if (known !== text) this.#secrets += 1;
      return known;
    }
    const { text: clean, count } = redactSecrets(text);
    if (count > 0) this.#secrets += 1;
    if (text.length > REMEMBERED_LENGTH) return clean;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(text, clean);
    return clean;
  }
}
