/** Help in a terminal, from the same values that the reference page is made from. */
import { type ListedVerb, verbsBelow } from './find-verb.ts';
import { spelled } from './spelling.ts';
import type { Verb } from './verb.ts';

/** What every exit code means; a verb's own help says it of that verb. */
const EXIT_CODES = 'Exit codes: 0 all is well, 1 it could not do all that was asked, 2 wrong arguments';

/** What a group of verbs has; of the empty name, the command. */
export function groupHelp(name: string, verbs: readonly ListedVerb[], columns: number): readonly string[] {
  const rows = verbsBelow(name, verbs).map((verb) => [verb.name, verb.summary] as const);
  const command = name === '' ? 'ephemetry' : `ephemetry ${name}`;
  const own = [['--version, -V', 'print the version'] as const];
  return [
    `Usage: ${command} <verb> [options]`,
    ...(name === '' ? ['', 'Delivers, receives and looks at the metrics of programs that die.'] : []),
    '',
    'Verbs:',
    ...twoColumns(rows, columns),
    '',
    'Options:',
    ...twoColumns([...(name === '' ? own : []), ['--help, -h', 'print this help']], columns),
    '',
    ...wrap(`${EXIT_CODES}${name === '' ? ', 3 (status) batches wait' : ''}.`, columns),
    'ephemetry <verb> --help tells more, with examples.',
  ];
}

/** A verb's help. `below` are the verbs whose names go on from its own. */
export function verbHelp(verb: Verb, below: readonly ListedVerb[], columns: number): readonly string[] {
  return [
    `Usage: ${usageLine(verb)}`,
    '',
    ...wrap(verb.summary, columns),
    '',
    'Options:',
    ...twoColumns([...optionRows(verb), ['--help, -h', 'print this help']], columns),
    ...section(
      'Verbs:',
      twoColumns(
        below.map(({ name, summary }) => [name, summary] as const),
        columns,
      ),
    ),
    ...(verb.help === '' ? [] : ['', ...paragraphs(verb.help, columns)]),
    '',
    'Examples:',
    ...verb.examples.map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...twoColumns(exitCodes(verb), columns),
  ];
}

/** `ephemetry fab import [file] [options]`. */
export function usageLine(verb: Verb): string {
  const places = Object.entries(verb.options).filter(([, { isArgument }]) => isArgument === true);
  const words = places
    .filter(([, { isRest }]) => isRest !== true)
    .map(([key, option]) => spelled({ key, option }));
  const rests = places.flatMap(([, { isRest, value }]) => (isRest === true ? [`-- ${value}`] : []));
  return ['ephemetry', verb.name, ...words, '[options]', ...rests].join(' ');
}

/** Each option as it is typed, and what it is for. */
export function optionRows({ options }: Verb): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([key, option]) => {
    const { help, fallback, isRequired } = option;
    const absence = fallback === undefined ? '' : ` (default: ${fallback})`;
    return [spelled({ key, option }), `${help}${isRequired === true ? '; required' : absence}`];
  });
}

/** The codes that a verb ends with, and what each means. */
export function exitCodes({ exits, usageExitCode = 2 }: Verb): readonly (readonly [string, string])[] {
  const { done, failed, waiting, others = [] } = exits;
  return [
    ['0', done],
    ...(failed === undefined ? [] : [['1', failed] as const]),
    [String(usageExitCode), 'wrong arguments'],
    ...(waiting === undefined ? [] : [['3', waiting] as const]),
    ...others,
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** Lines that begin with two spaces stay as they are. */
function paragraphs(text: string, columns: number): readonly string[] {
  return text
    .split('\n\n')
    .flatMap((paragraph, index) => [
      ...(index === 0 ? [] : ['']),
      ...(paragraph.startsWith('  ')
        ? paragraph.split('\n')
        : wrap(paragraph.replaceAll('\n', ' '), columns)),
    ]);
}

function twoColumns(rows: readonly (readonly [string, string])[], columns: number): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) =>
    wrap(right, columns - width).map((line, index) =>
      `${(index === 0 ? `  ${left}` : '').padEnd(width)}${line}`.trimEnd(),
    ),
  );
}

/** Lines of at most so many characters, broken between words. */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(columns, 24)) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
