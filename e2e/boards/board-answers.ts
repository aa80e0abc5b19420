/** Every board with real answers: a Prometheus of its own holds the history. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOARD_NAMES, BOARDS, renderObservability } from '@ephemetry/grafana';
import { startPrometheus } from '@ephemetry/testing';
import { locateTools } from '../support/tools.ts';
import { askBoard, type BoardJson } from './ask-board.ts';
import type { DrawnBoard } from './drawn-board.ts';
import { historyText } from './history.ts';

const HOUR_MS = 3_600_000;

/** The history ends here: pictures of the same boards are the same. 2026-03-02 12:00 UTC. */
const END_UNIX_SECONDS = 1_772_452_800;

/** All boards over the six hours of the history. @throws {Error} when a tool is missing or Prometheus does not answer */
export async function answeredBoards(): Promise<readonly DrawnBoard[]> {
  const { prometheus: binary, promtool } = locateTools();
  const directory = mkdtempSync(join(tmpdir(), 'board-history-'));
  try {
    const history = join(directory, 'history.txt');
    writeFileSync(history, historyText(END_UNIX_SECONDS));
    await using prometheus = await startPrometheus({
      binary,
      logFile: join(directory, 'prometheus.log'),
      retentionYears: 100,
      prepareData: (data) => {
        execFileSync(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', history, data], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
      },
    });
    const toMs = END_UNIX_SECONDS * 1000;
    const boards: DrawnBoard[] = [];
    for (const board of boardsJson()) {
      boards.push(await askBoard(board, { url: prometheus.url, fromMs: toMs - 6 * HOUR_MS, toMs }));
    }
    return boards;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function boardsJson(): readonly BoardJson[] {
  return BOARD_NAMES.flatMap((name) => renderObservability('provisioning', BOARDS[name]())).flatMap(
    ({ path, content }): BoardJson[] => (path.endsWith('.json') ? [JSON.parse(content)] : []),
  );
}
