/** An OTLP/JSON message that was parsed, whose parts are checked and made when they are asked for. */
import { type DescMessage, fromJson, type JsonValue, type MessageShape } from '@bufbuild/protobuf';
import type { OtlpMessage, Part } from './otlp-request.ts';

type JsonObject = { [key: string]: JsonValue };

export class JsonMessage implements OtlpMessage {
  readonly #object: JsonObject;

  /** @throws when it is not an object */
  constructor(value: JsonValue) {
    if (!isObject(value))
      throw new Error(`a message must be an object, but is ${value === null ? 'null' : typeof value}`);
    this.#object = value;
  }

  *parts(part: Part): Generator<JsonMessage> {
    const value = this.#value(part);
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) {
      if (part.isRepeated) throw new Error(`${part.json} must be a list, but is ${typeof value}`);
      yield new JsonMessage(value);
      return;
    }
    for (const each of value) yield new JsonMessage(each);
  }

  whichOf(parts: readonly Part[]): Part | undefined {
    return parts.find((part) => (this.#value(part) ?? null) !== null);
  }

  number(part: Part): number {
    const value = this.#value(part) ?? 0;
    if (typeof value === 'boolean') return Number(value);
    if (typeof value === 'number') return value;
    const named = typeof value === 'string' ? part.names?.indexOf(value) : undefined;
    if (named === undefined || named < 0) throw new Error(`${part.json} has a value that is not known`);
    return named;
  }

  text(part: Part): string {
    const value = this.#value(part) ?? '';
    if (typeof value !== 'string') throw new Error(`${part.json} must be a text, but is ${typeof value}`);
    return value;
  }

  decode<Schema extends DescMessage>(schema: Schema): MessageShape<Schema> {
    return fromJson(schema, this.#object, { ignoreUnknownFields: true });
  }

  /** Both spellings are allowed: https://protobuf.dev/programming-guides/json/ */
  #value({ json }: Part): JsonValue | undefined {
    const snakeCase = json.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return this.#object[json] ?? this.#object[snakeCase];
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
