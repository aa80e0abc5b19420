/** What is made from the verbs: the list that the command finds them by, their page and the schemas of their output. */
import { readdirSync } from 'node:fs';
import type { JsonSchema } from '../src/command-line/json-schema.ts';
import type { Verb } from '../src/command-line/verb.ts';
import { renderCommandReference } from './command-reference.ts';

/** A file before it is written. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const VERBS = new URL('../src/verbs/', import.meta.url);

/** Every verb, by its file's name, in the order of their names. */
export async function loadVerbs(): Promise<readonly Verb[]> {
  const files = readdirSync(VERBS).filter((name) => /^[a-z-]+\.ts$/.test(name));
  const verbs = await Promise.all(files.map((file) => loadVerb(file)));
  return verbs.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function loadVerb(file: string): Promise<Verb> {
  const { verb }: { readonly verb: Verb } = await import(new URL(file, VERBS).href);
  if (fileOf(verb) !== file)
    throw new Error(`src/verbs/${file} declares ${verb.name}: ${fileOf(verb)} is its file`);
  return verb;
}

function fileOf({ name }: Verb): string {
  return `${name.replaceAll(' ', '-')}.ts`;
}

/** Everything that is generated from the verbs, the same bytes on every machine. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const verbs = await loadVerbs();
  return [
    { path: 'packages/cli/src/generated/verbs.ts', text: renderVerbList(verbs) },
    { path: 'docs/reference/command.md', text: renderCommandReference(verbs) },
    ...verbs.flatMap(({ name, json }) =>
      json === undefined
        ? []
        : {
            path: `docs/reference/json/${name.replaceAll(' ', '-')}.schema.json`,
            text: renderSchema(name, json),
          },
    ),
  ];
}

/** Names and summaries, so that `--help` loads no verb; each is imported when it is named. */
function renderVerbList(verbs: readonly Verb[]): string {
  const rows = verbs.map(
    (verb) => `  {
    name: ${quoted(verb.name)},
    summary: ${quoted(verb.summary)},
    load: async () => (await import('../verbs/${fileOf(verb)}')).verb,
  },
`,
  );
  return `// Generated from src/verbs by \`pnpm generate\`.
import type { ListedVerb } from '../command-line/find-verb.ts';

/** Every verb, by name. */
export const VERBS: readonly ListedVerb[] = [
${rows.join('')}];
`;
}

function quoted(text: string): string {
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function renderSchema(name: string, json: JsonSchema): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `A line of ephemetry ${name} --json`,
    ...json,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
