/** coverage.py's JSON: lines that were executed, and lines that were not. Its percentages mix lines and branches. */
import { MalformedDocument } from '../reading/parse-xml.ts';
import type { CoveredLines } from './covered-lines.ts';

/**
 * Reads the whole text.
 *
 * @returns false when it is other JSON
 * @throws {MalformedDocument} when it is no JSON, or a file of it tells no lines
 */
export function readCoverageJson(text: string, lines: CoveredLines): boolean {
  const given = parsed(text);
  if (!isObject(given) || !isObject(given['meta']) || !isObject(given['files'])) return false;
  for (const [file, found] of Object.entries(given['files'])) {
    const executed = isObject(found) ? found['executed_lines'] : undefined;
    const missing = isObject(found) ? found['missing_lines'] : undefined;
    if (!isLines(executed) || !isLines(missing))
      throw new MalformedDocument(
        `${JSON.stringify(file.slice(0, 80))} tells no executed_lines and missing_lines`,
      );
    for (const line of executed) lines.add(file, line, 1);
    for (const line of missing) lines.add(file, line, 0);
  }
  return true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedDocument(error.message);
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLines(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
}
