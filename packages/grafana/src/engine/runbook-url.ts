import type { ResolvedGrafanaOptions } from './grafana-options.ts';

/** Where the page of an alert is; its heading is the alert's uid. */
export function runbookUrl(
  alertUid: string,
  { runbookBaseUrl }: Pick<ResolvedGrafanaOptions, 'runbookBaseUrl'>,
): string {
  return `${runbookBaseUrl.replace(/\/+$/, '')}/${alertUid}.md#${alertUid}`;
}
