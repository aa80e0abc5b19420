/** `ephemetry series`: the series that a deployment declares, for a gateway to show at 0 before their first value. */
import {
  type DeclaredLabels,
  knownLabelSets,
  METRIC_FAMILIES,
  type MetricDefinition,
  type MetricFamily,
  renderSeriesCatalogue,
} from '@ephemetry/contract';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, list, object, string } from '../command-line/json-schema.ts';
import { flag, optional } from '../command-line/option.ts';
import { filePath } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { CONFIG, openedOrTold } from '../configuration/config-option.ts';
import { DECLARED_FAMILIES, declaredLabels } from '../configuration/declared-labels.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { writeWhole } from '../files/write-whole.ts';
import type { Output } from '../terminal/output.ts';

export const verb: Verb = defineVerb({
  name: 'series',
  summary: 'Print the series that ephemetry.yaml declares, for a gateway.',
  help: `A gateway shows the series of its catalogues at 0 before their first value, so that increase() misses nothing. Those of labels that a deployment declares are in no catalogue that is shipped: put what this prints beside the others, as one more file that GATEWAY_SERIES_GLOB finds. --out replaces that file whole, and leaves it as it was when something is wrong.

Each family for which the file declares something is a line of OTLP/JSON: counters and histograms, each with the label sets that are declared. Gauges are left out, as a 0 would be a statement.`,
  examples: [
    'ephemetry series --out collector-config/series/deployment.json',
    'ephemetry series --config deploy/ephemetry.yaml --json | jq .series',
  ],
  exits: {
    done: 'printed, or written',
    failed:
      'the file is wrong, cannot be read, is not there or declares no series, or --out cannot be written',
  },
  options: {
    config: CONFIG,
    out: optional('file', 'where to write the catalogue', filePath, 'standard output'),
    json: flag('print one JSON object with what the catalogue holds, and no catalogue'),
  },
  json: object('What the catalogue holds.', {
    path: string('The configuration file.'),
    series: integer('Prometheus series, in all.'),
    families: list(
      'Families for which the file declares something.',
      object('A family.', {
        name: string('As in the metrics reference.'),
        label_sets: integer('Label sets of its counters and histograms.'),
        series: integer('Prometheus series: a histogram has one for each bucket, its sum and its count.'),
        bytes: integer('Length of its line.'),
      }),
    ),
  }),
  run: printSeries,
});

interface Values {
  readonly config: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
}

function printSeries({ config, out, json }: Values, output: Output): ExitCode {
  const opened = openedOrTold(config, process.env, output);
  if (opened === undefined) return EXIT_CODE.failed;
  const labels = declaredLabels(opened.configuration);
  const families = DECLARED_FAMILIES.filter((name) => labels[name].length > 0);
  if (families.length === 0) {
    const why =
      opened.kind === 'absent' ? 'is not there' : 'declares no suites, repositories, targets or commands';
    output.printError(
      `${opened.path} ${why}: there are no series; --config or EPHEMETRY_CONFIG names another\n`,
    );
    return EXIT_CODE.failed;
  }
  const counted = families.map((name) => countFamily(METRIC_FAMILIES[name], labels[name]));
  const catalogue = counted.map((family) => family.catalogue).join('');
  if (out !== undefined && !isWritten(out, catalogue, output)) return EXIT_CODE.failed;
  if (json) {
    output.printJson({
      path: opened.path,
      series: counted.reduce((sum, { series }) => sum + series, 0),
      families: counted.map(({ catalogue: line, ...rest }) => ({ ...rest, bytes: Buffer.byteLength(line) })),
    });
  } else if (out === undefined) output.printDocument(catalogue);
  return EXIT_CODE.done;
}

/** A gateway may read it at any moment. */
function isWritten(path: string, catalogue: string, output: Output): boolean {
  const fault = writeWhole(path, catalogue);
  if (fault !== undefined)
    output.printError(
      `nothing is written (${fault}); --out names a file in a directory that can be written\n`,
    );
  return fault === undefined;
}

interface CountedFamily {
  readonly name: string;
  readonly labelSets: number;
  readonly series: number;
  /** A line with its end. */
  readonly catalogue: string;
}

function countFamily(family: MetricFamily, declared: DeclaredLabels): CountedFamily {
  const metrics = Object.values<MetricDefinition>(family.metrics).filter(
    ({ instrument }) => instrument === 'counter' || instrument === 'histogram',
  );
  const sets = metrics.map((metric) => knownLabelSets(metric, family, declared).length);
  const series = metrics.map(({ bounds }, index) => (sets[index] ?? 0) * (bounds ? bounds.length + 3 : 1));
  const sum = (each: readonly number[]): number => each.reduce((total, one) => total + one, 0);
  return {
    name: family.name,
    labelSets: sum(sets),
    series: sum(series),
    catalogue: renderSeriesCatalogue(family, declared),
  };
}
