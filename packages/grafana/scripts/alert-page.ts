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
  page,
}: AlertDefinition): string {
  const since = duration === '0s' ? 'at once' : `after ${duration}`;
  return `${[
    `# ${uid}`,
    `<!-- Generated from packages/grafana/src. Run: pnpm generate -->`,
    `**${title}**, a ${urgency}, component \`${component}\`: ${plain(summary)}.`,
    plain(description),
    '## What it means',
    page.means,
    '## Where to look',
    ...page.look.map(({ tells, query }) => `${tells}:\n\n\`\`\`promql\n${query}\n\`\`\``),
    '## What to do',
    page.act.map((step) => `- ${step}`).join('\n'),
    '## When it is quiet',
    page.quiet,
    '## The rule',
    `Fires ${since} while this has a sample:`,
    `\`\`\`promql\n${expr}\n\`\`\``,
  ].join('\n\n')}\n`;
}

/** Templates of the pager as words. */
function plain(text: string): string {
  return text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '_$1_');
}
