/** The page of the eleven targets: the table that rules, alerts and boards are made from. */
import { type QualityRow, shown, shownTarget } from '../src/boards/quality/rows/quality-row.ts';
import { QUALITY_ROWS } from '../src/boards/quality/rows/quality-rows.ts';
import { SOURCE_NAMES, SOURCES } from '../src/boards/quality/rows/sources.ts';

/** Markdown. */
export function renderTargetsPage(): string {
  return `${[
    '# Targets',
    '<!-- Generated from packages/grafana/src/boards/quality/rows. Run: pnpm generate -->',
    'Eleven targets of a team whose code is written and tested around the clock. The recording rules, the alerts, the colours of the boards and this table are made from the same rows. `ephemetry boards export --board quality` writes them.',
    'A strict target (`>`, `<`) is missed at equality. An alert needs a value strictly beyond its limit: 85 of 100 tests miss the target, and 70 of 100 are no alert.',
    table(
      ['target', 'value', 'should be', 'alert', 'recorded as'],
      QUALITY_ROWS.map((row) => [
        row.title,
        row.value,
        shownTarget(row),
        alertsOf(row),
        `\`quality:${row.id}\``,
      ]),
    ),
    'Each row has two alerts: that its target is missed (level `target`, after 15 minutes), and the one of the table (after 2 minutes, and 10 minutes longer than it is bad). The second inhibits the first.',
    '## Levels',
    table(
      ['level', 'who is told'],
      [
        ['`p0`', 'Telegram, mail and an issue within seconds; again each hour'],
        ['`p1`, and `page` of other boards', 'the same; again each 4 hours'],
        ['`p2`', 'Telegram without sound, and an issue; again each day'],
        ['`p3`, and `ticket` of other boards', 'an issue'],
        ['`target`', 'the board, and one mail a day with all of them'],
      ],
    ),
    '## How old a report may be',
    'A value is as good as its source is new. While a report is younger than this, a restart of whatever shows it changes nothing: the value is kept. When it is older, the row has no value, which is not 0 %, and the alert of its source fires (p3).',
    table(
      ['source', 'may be as old as', 'told apart by', 'alert'],
      SOURCE_NAMES.map((name) => {
        const { maxAgeSeconds, missing, subject } = SOURCES[name];
        const own = name === 'tests' ? ', or `max_age` of the suite in `ephemetry.yaml`' : '';
        const link = `[${missing.title}](../alerts/${missing.uid}.md)`;
        return [
          name,
          `${asWords(maxAgeSeconds)}${own}`,
          subject.map((label) => `\`${label}\``).join(', '),
          link,
        ];
      }),
    ),
    'What reported nothing for 14 days is removed, and is missed no more.',
  ].join('\n\n')}\n`;
}

function alertsOf(row: QualityRow): string {
  return row.alerts
    .map(
      ({ title, uid, is, value, level }) =>
        `${is} ${shown(row, value)}: [${title}](../alerts/${uid}.md), ${level}`,
    )
    .join('; ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function asWords(seconds: number): string {
  if (seconds < 7200) return `${seconds / 60} minutes`;
  return seconds < 172_800 ? `${seconds / 3600} hours` : `${seconds / 86_400} days`;
}
