/** `ephemetry config check`: what `ephemetry.yaml` declares, or everything that is wrong with it. */
import { defineVerb } from '../command-line/define-verb.ts';
import { boolean, integer, list, object, string } from '../command-line/json-schema.ts';
import { flag } from '../command-line/option.ts';
import type { Verb } from '../command-line/verb.ts';
import { CONFIG, tellFaults } from '../configuration/config-option.ts';
import { type OpenedConfiguration, openConfiguration } from '../configuration/open-configuration.ts';
import { namesOf, remarksOn } from '../configuration/summary.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { type Column, textTable } from '../terminal/text-table.ts';

export const verb: Verb = defineVerb({
  name: 'config check',
  summary: 'Say what ephemetry.yaml declares, and what is wrong with it.',
  help: `The file names what only a deployment knows: its suites, repositories, services and jobs. Every fault is told with its line, what was given and what is allowed.

Nothing is sent, and no variable or file that the configuration names is read.`,
  examples: [
    'ephemetry config check',
    'ephemetry config check --config deploy/ephemetry.yaml --json | jq .faults',
  ],
  exits: { done: 'the file is right', failed: 'the file is wrong, cannot be read, or is not there' },
  options: { config: CONFIG, json: flag('print one JSON object') },
  json: object('What the file declares.', {
    path: string('Which file.'),
    is_valid: boolean('Whether every command takes it.'),
    declared: list(
      'What it declares, by kind; empty when it is wrong.',
      object('Names of one kind.', {
        kind: string('A label, or row.'),
        limit: integer('So many names at most.'),
        names: list('In the order of the file, each once.', string('A name.')),
      }),
    ),
    remarks: list('What is allowed and may surprise.', string('A sentence.')),
    faults: list(
      'Everything that is wrong.',
      object('A fault.', {
        line: integer('Where in the file, counted from 1; 0 when it cannot be read.'),
        place: string('Where in what it says: targets.ezra.url; empty for the file as a whole.'),
        problem: string('What is wrong, with what was given.'),
        allowed: string('What is allowed instead.'),
      }),
    ),
  }),
  run: ({ config, json }, output) => {
    const opened = openConfiguration(config, process.env);
    if (json) output.printJson(inWords(opened));
    else tell(opened, output);
    return exitCode(opened);
  },
});

const NOT_THERE = 'is not there: nothing is declared; --config or EPHEMETRY_CONFIG names another';

function exitCode({ kind }: OpenedConfiguration): ExitCode {
  return kind === 'valid' ? EXIT_CODE.done : EXIT_CODE.failed;
}

const COLUMNS: readonly Column[] = [
  { title: 'KIND', align: 'left' },
  { title: 'NAMES', align: 'right' },
  { title: 'LIMIT', align: 'right' },
  { title: '', align: 'left' },
];

function tell(opened: OpenedConfiguration, output: Output): void {
  switch (opened.kind) {
    case 'absent':
      output.printError(`${opened.path} ${NOT_THERE}\n`);
      return;
    case 'faulty':
    case 'unreadable':
      tellFaults(opened, output);
      return;
    case 'valid': {
      const rows = namesOf(opened.configuration).map(({ kind, limit, names }) => [
        kind,
        String(names.length),
        String(limit),
        names.join(', '),
      ]);
      const remarks = remarksOn(opened.configuration);
      output.printLines([
        `${opened.path} is right`,
        '',
        ...textTable(COLUMNS, rows),
        ...(remarks.length === 0 ? [] : ['', ...remarks]),
      ]);
    }
  }
}

function inWords(opened: OpenedConfiguration): object {
  const { path } = opened;
  const wrong = { path, isValid: false, declared: [], remarks: [] };
  switch (opened.kind) {
    case 'valid':
      return {
        path,
        isValid: true,
        declared: namesOf(opened.configuration),
        remarks: remarksOn(opened.configuration),
        faults: [],
      };
    case 'absent':
      return { ...wrong, faults: [wholeFile(NOT_THERE)] };
    case 'unreadable':
      return { ...wrong, faults: [wholeFile(opened.message)] };
    case 'faulty':
      return { ...wrong, faults: opened.faults };
  }
}

function wholeFile(problem: string): object {
  return { line: 0, place: '', problem, allowed: 'a YAML file that can be read' };
}
