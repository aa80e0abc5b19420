/** The reference page of the command, from the same values as `--help`. */
import { exitCodes, optionRows, usageLine } from '../src/command-line/help.ts';
import type { JsonSchema } from '../src/command-line/json-schema.ts';
import type { Verb } from '../src/command-line/verb.ts';

/** The whole page in Markdown. */
export function renderCommandReference(verbs: readonly Verb[]): string {
  return `${[INTRODUCTION, verbTable(verbs), ...verbs.map(verbSection)].join('\n\n')}\n`;
}

const INTRODUCTION = `# The command

<!-- Generated from packages/cli/src/verbs by \`pnpm generate\`. Edit the verbs there, not this page. -->

Results go to standard output, everything else to standard error. \`--json\` prints JSON lines for scripts, with names in
snake_case at every depth. 2 is the exit code for wrong arguments of all verbs but \`run\`; standard error then says what is allowed.`;

function verbTable(verbs: readonly Verb[]): string {
  return table(
    ['Verb', 'What it does'],
    verbs.map(({ name, summary }) => [`[\`${name}\`](#${anchor(name)})`, summary]),
  );
}

function verbSection(verb: Verb): string {
  return [
    `## ${verb.name}`,
    verb.summary,
    `\`\`\`text\n${usageLine(verb)}\n\`\`\``,
    table(
      ['Option', 'Meaning'],
      optionRows(verb).map(([typed, meaning]) => [`\`${typed}\``, meaning]),
    ),
    ...(verb.help === '' ? [] : [paragraphs(verb.help)]),
    `Examples:\n\n\`\`\`text\n${verb.examples.join('\n')}\n\`\`\``,
    table(['Exit code', 'Meaning'], exitCodes(verb)),
    ...(verb.json === undefined
      ? []
      : [`With \`--json\`, by its [schema](json/${anchor(verb.name)}.schema.json):`, ...shapes(verb.json)]),
  ].join('\n\n');
}

/** Text of a fixed width becomes a block. */
function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) =>
      paragraph.startsWith('  ')
        ? `\`\`\`text\n${paragraph.replace(/^ {2}/gm, '')}\n\`\`\``
        : escaped(paragraph),
    )
    .join('\n\n');
}

/** Of a verb whose lines are of several kinds, a table each. */
function shapes(schema: JsonSchema): readonly string[] {
  const kinds = 'anyOf' in schema ? schema.anyOf : [schema];
  return kinds.flatMap((kind) => [
    kind.description ?? '',
    table(
      ['Name', 'Type', 'Meaning'],
      properties(kind, '').map(([name, type, meaning]) => [`\`${name}\``, type, meaning]),
    ),
  ]);
}

type Row = readonly [name: string, type: string, meaning: string];

/** Those of objects within it too: `files[].path`. */
function properties(schema: JsonSchema, prefix: string): readonly Row[] {
  if (!('properties' in schema)) return [];
  return Object.entries(schema.properties).flatMap(([key, property]): readonly Row[] => {
    const name = `${prefix}${key}`;
    const isOptional = !schema.required.includes(key);
    const type = `${typeOf(property)}${isOptional ? ', may be missing' : ''}`;
    return [[name, type, property.description ?? ''], ...within(property, name)];
  });
}

function within(schema: JsonSchema, name: string): readonly Row[] {
  if ('anyOf' in schema) return schema.anyOf.flatMap((each) => within(each, name));
  if ('items' in schema) return within(schema.items, `${name}[]`);
  return properties(schema, `${name}.`);
}

function typeOf(schema: JsonSchema): string {
  if ('anyOf' in schema) return schema.anyOf.map(typeOf).join(' or ');
  if ('items' in schema) return `array of ${typeOf(schema.items)}`;
  if ('enum' in schema && schema.enum !== undefined)
    return schema.enum.map((value) => `\`${value}\``).join(', ');
  return schema.type;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return escaped(text).replaceAll('|', '\\|');
}

/** A `*` of a name is no emphasis, a `<` no tag; what is code stays as it is. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[*<]/g, '\\$&')))
    .join('');
}

function anchor(name: string): string {
  return name.replaceAll(' ', '-');
}
