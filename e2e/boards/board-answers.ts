/** Every board with real answers: a Prometheus of its own holds the history. */
import { execFileSync } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BOARD_NAMES, BOARDS, renderObservability } from '@ephemetry/grafana';
import { type Prometheus, startPrometheus } from '@ephemetry/testing';
import { parse, stringify } from 'yaml';
import { locateTools } from '../support/tools.ts';
import { askBoard, type BoardJson } from './ask-board.ts';
import type { DrawnBoard } from './drawn-board.ts';
import { historyText } from './history.ts';
import { qualityHistory } from './quality-history.ts';

/** The history ends here: pictures of the same boards are the same. Monday 2026-03-02 12:00 UTC. */
const END_UNIX_SECONDS = 1_772_452_800;
const DAY_SECONDS = 86_400;
/** The text is read once for each block, and rules are asked for once: a few long ones. */
const LONG_BLOCKS = '--max-block-duration=1500h';

/** All boards, each over its own range, up to the end of the history. @throws {Error} when a tool is missing or Prometheus does not answer */
export async function answeredBoards(): Promise<readonly DrawnBoard[]> {
  const directory = mkdtempSync(join(tmpdir(), 'board-history-'));
  try {
    const blocks = join(directory, 'blocks');
    mkdirSync(blocks);
    await writeHistory(directory, blocks);
    await recordRules(directory, blocks);
    await using prometheus = await startWith(directory, blocks);
    const toMs = END_UNIX_SECONDS * 1000;
    const boards: DrawnBoard[] = [];
    for (const board of boardsJson()) {
      boards.push(await askBoard(board, { url: prometheus.url, fromMs: toMs - rangeMs(board), toMs }));
    }
    return boards;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What was scraped, as blocks. */
async function writeHistory(directory: string, blocks: string): Promise<void> {
  const hours = join(directory, 'hours.txt');
  writeFileSync(hours, historyText(END_UNIX_SECONDS));
  promtool(['create-blocks-from', 'openmetrics', hours, blocks]);
  const weeks = join(directory, 'weeks.txt');
  await pipeline(Readable.from(qualityHistory(END_UNIX_SECONDS)), createWriteStream(weeks));
  promtool(['create-blocks-from', 'openmetrics', LONG_BLOCKS, weeks, blocks]);
}

/** What the recording rules make of it, as blocks: those first that others ask for. */
async function recordRules(directory: string, blocks: string): Promise<void> {
  const rules = renderObservability('prometheus-rules', BOARDS.quality()).flatMap(({ content }) => {
    const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(content);
    return groups.flatMap((group) => group.rules);
  });
  const isFirst = ({ record = '' }: Rule): boolean =>
    /^quality:(?:source|test_results|gateway_probes)/.test(record);
  for (const step of [
    rules.filter(isFirst),
    rules.filter((rule) => rule.record !== undefined && !isFirst(rule)),
  ]) {
    await using prometheus = await startWith(directory, blocks);
    for (const seconds of SPANS_SECONDS) {
      const file = join(directory, 'rules.yaml');
      const ofSpan = step.filter(({ record }) => spanSeconds(record) === seconds);
      if (ofSpan.length === 0) continue;
      writeFileSync(file, stringify({ groups: [{ name: 'recorded', interval: '5m', rules: ofSpan }] }));
      const span = [`--start=${END_UNIX_SECONDS - seconds}`, `--end=${END_UNIX_SECONDS}`];
      const place = [`--url=${prometheus.url}`, `--output-dir=${blocks}`];
      promtool(['create-blocks-from', 'rules', LONG_BLOCKS, ...span, ...place, file]);
    }
  }
}

interface Rule {
  readonly record?: string;
}

const SPANS_SECONDS = [14 * DAY_SECONDS, 7 * DAY_SECONDS, 3600] as const;

/** How far back it is shown, or asked for: a chart of two weeks, the uptime of one, or now. */
function spanSeconds(record = ''): number {
  if (/^quality:(?:source|test_|flaky)/.test(record)) return 14 * DAY_SECONDS;
  return record.startsWith('quality:gateway_probes') ? 7 * DAY_SECONDS : 3600;
}

function startWith(directory: string, blocks: string): Promise<Prometheus> {
  return startPrometheus({
    binary: locateTools().prometheus,
    logFile: join(directory, 'prometheus.log'),
    retentionYears: 100,
    prepareData: (data) => cpSync(blocks, data, { recursive: true }),
  });
}

function promtool(args: readonly string[]): void {
  execFileSync(locateTools().promtool, ['tsdb', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** As far back as the board looks when it is opened. */
function rangeMs({ time }: BoardJson): number {
  const [, count = '0', unit = 'h'] = /^now-(\d+)([hd])$/.exec(time.from) ?? [];
  return Number(count) * (unit === 'd' ? DAY_SECONDS : 3600) * 1000;
}

function boardsJson(): readonly BoardJson[] {
  return BOARD_NAMES.flatMap((name) => renderObservability('provisioning', BOARDS[name]())).flatMap(
    ({ path, content }): BoardJson[] => (path.endsWith('.json') ? [JSON.parse(content)] : []),
  );
}
