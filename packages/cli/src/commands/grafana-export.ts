/** `ephemetry grafana export`: fab's dashboards and alerts, into a directory or onto standard output. */
import {
  type GrafanaFormat,
  type GrafanaOptions,
  type RenderedFile,
  renderGrafana,
  writeFiles,
} from '@ephemetry/grafana';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';

/** Options of the command. */
export interface GrafanaExportOptions {
  readonly format: GrafanaFormat;
  /** A directory; missing for standard output, which takes formats that are YAML throughout. */
  readonly out?: string;
  readonly json: boolean;
  readonly options: GrafanaOptions;
}

export function grafanaExport(
  { format, out, json, options }: GrafanaExportOptions,
  output: Output,
): ExitCode {
  const files = renderGrafana(format, options);
  if (out === undefined) {
    output.printDocument(files.map(({ content }) => content).join('---\n'));
    return EXIT_CODE.done;
  }
  let paths: readonly string[];
  try {
    paths = writeFiles(out, files);
  } catch (error) {
    if (!isFileSystemError(error)) throw error;
    output.printError(`nothing is exported: ${error.message}\n`);
    output.printError(
      `--out is ${JSON.stringify(out)}; allowed is a directory that can be written, or made\n`,
    );
    return EXIT_CODE.failed;
  }
  const written = paths.map((path, index) => ({ path, bytes: bytesOf(files[index]) }));
  if (json) output.printDocument(`${JSON.stringify({ format, files: written })}\n`);
  else output.printLines(written.map(({ path, bytes }) => `${path} (${bytes} bytes)`));
  return EXIT_CODE.done;
}

function bytesOf(file: RenderedFile | undefined): number {
  return Buffer.byteLength(file?.content ?? '');
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
