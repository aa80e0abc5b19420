/** The page of an alert: what its `runbook_url` leads to. */
import type { AlertDefinition } from '../src/engine/alerts/alert.ts';

/** Markdown. Its heading is the alert's uid, so that the link's anchor holds. */
export function renderAlertPage({
  uid,
  title,
  urgency,
  component,
  summary,
  description,
  expr,
  for: duration,
  keepFiringFor: keptFiringFor,
  page,
}: AlertDefinition): string {
  const since = duration === '0s' ? 'at once' : `after ${duration}`;
  return `${[
    `# ${uid}`,
    `<!-- Generated from packages/grafana/src. Run: pnpm generate -->`,
    `**${title}**, ${URGENCIES[urgency]}, component \`${component}\`: ${plain(summary)}.`,
    plain(description),
    '## What it means',
    page.means,
    '## Where to look',
    ...page.look.map(({ tells, query }) => `${tells}:\n\n\`\`\`promql\n${query}\n\`\`\``),
    '## What to do',
    page.act.map((step) => `- ${step}`).join('\n'),
    '## When it is quiet',
    page.quiet,
    ...section('## When it closes itself', page.closes),
    ...section('## How to silence it', page.silence),
    '## The rule',
    `Fires ${since}${keptFiringFor === undefined ? '' : `, and for ${keptFiringFor} after it ended,`} while this has a sample:`,
    `\`\`\`promql\n${expr}\n\`\`\``,
  ].join('\n\n')}\n`;
}

const URGENCIES: Readonly<Record<AlertDefinition['urgency'], string>> = {
  page: 'a page',
  ticket: 'a ticket',
  p0: 'p0: Telegram, mail and an issue, again each hour',
  p1: 'p1: Telegram, mail and an issue, again each 4 hours',
  p2: 'p2: Telegram without sound, and an issue',
  p3: 'p3: an issue',
  target: 'a missed target: the board, and a mail a day',
  none: 'told to nobody',
};

function section(title: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [title, text];
}

/** Templates of the pager as words. */
function plain(text: string): string {
  return text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '_$1_')
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, '_value_');
}
