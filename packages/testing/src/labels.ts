import { readInteger, readList, readObject, readString, refuse } from './json-reader.ts';

/** Attributes of a resource or a data point, with each value as text. */
export type Labels = Readonly<Record<string, string>>;

/** Reads an OTLP/JSON `attributes` list. @throws {MalformedBody} on a repeated key or an unknown value type. */
export function readLabels(attributes: unknown, where: string): Labels {
  const labels: Record<string, string> = {};
  for (const [index, item] of readList(attributes, where).entries()) {
    const place = `${where}[${index}]`;
    const attribute = readObject(item, place);
    const key = readString(attribute.key, `${place}.key`);
    if (Object.hasOwn(labels, key)) refuse(`${place}.key`, 'different from every key before it', key);
    labels[key] = readValue(attribute.value, `${place}.value`);
  }
  return labels;
}

/**
 * One string for one label set, whatever the order the labels came in: `role=critic,transport=cli`.
 * Keys are sorted by code unit; `\`, `,` and `=` inside keys and values get a backslash. No labels: `''`.
 */
export function canonicalLabels(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${escapeLabel(key)}=${escapeLabel(labels[key] ?? '')}`)
    .join(',');
}

function escapeLabel(text: string): string {
  return text.replaceAll(/[\\,=]/g, '\\$&');
}

function readValue(given: unknown, where: string): string {
  const value = readObject(given, where);
  if (value.stringValue !== undefined) return readString(value.stringValue, `${where}.stringValue`);
  if (value.intValue !== undefined) return String(readInteger(value.intValue, `${where}.intValue`));
  const plain = value.boolValue ?? value.doubleValue ?? value.bytesValue;
  if (plain !== undefined) return String(plain);
  const nested = value.arrayValue ?? value.kvlistValue;
  return nested === undefined
    ? refuse(where, 'an OTLP AnyValue with a value', given)
    : JSON.stringify(nested);
}
