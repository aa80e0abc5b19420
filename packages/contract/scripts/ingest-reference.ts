/** The table of what becomes of each kind of data point, for people. */
import { INGEST_LIMITS, INGEST_RULES } from '../src/index.ts';

/** The whole page in Markdown. */
export function renderIngestReference(): string {
  return `${[INTRODUCTION, rulesTable(), '## Limits', limitsTable()].join('\n\n')}\n`;
}

const INTRODUCTION = `# What is taken

<!-- Generated from packages/contract by \`pnpm generate\`. Edit the declarations there, not this page. -->

What the gateway and \`ephemetry receive\` do with each kind of data point, and what the exporter does about it.
\`normalised\` points count under a name, labels or a time that are made right; \`refused\` ones are counted by reason,
and told to the sender where that is possible; \`forgotten\` ones are taken and not shown.`;

function rulesTable(): string {
  const rows = INGEST_RULES.map(({ given, gateway, receiver, exporter }) => [
    given,
    gateway,
    receiver,
    exporter,
  ]);
  return table(['Given', 'Gateway', '`ephemetry receive`', 'Exporter'], rows);
}

function limitsTable(): string {
  const { bodyBytes, batchBytes, pointAttributesBytes, metricNameCharacters } = INGEST_LIMITS;
  const { behindSeconds, aheadSeconds, readingSeconds } = INGEST_LIMITS;
  return table(
    ['Of what', 'Limit'],
    [
      ['a request, unpacked', `${bodyBytes} bytes`],
      ['a batch of the exporter', `${batchBytes} bytes`],
      ["a data point's attributes", `${pointAttributesBytes} bytes`],
      ["a metric's name", `${metricNameCharacters} characters`],
      ['one delta', '2^53'],
      ['a time that is believed, back', `${behindSeconds / 3_600} h`],
      ['a time that is believed, ahead', `${aheadSeconds / 60} min`],
      ['a gauge that does not last, shown', `${readingSeconds / 60} min`],
    ],
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
