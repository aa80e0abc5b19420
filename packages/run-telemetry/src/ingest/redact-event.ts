/** Secrets out of an event, before anything of it is written. */
import type { AgentEvent, PayloadValue } from '../event/agent-event.ts';
import { redactSecrets } from '../event/redact-secrets.ts';

/** Names and versions come again and again: so many texts are remembered. */
const REMEMBERED = 10_000;
/** No secret is shorter. */
const SHORTEST = 8;

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
    return fields === undefined ? event : { ...event, fields };
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
    const clean = entries.map(([key, each]): [string, string] => [
      key,
      each === undefined ? each : this.#text(each),
    ]);
    const isSame = clean.every(([, each], index) => each === entries[index]?.[1]);
    return isSame ? value : Object.fromEntries(clean);
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
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(text, clean);
    return clean;
  }
}
