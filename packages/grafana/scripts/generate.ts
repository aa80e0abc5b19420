/** Writes every file that follows from the dashboards' and alerts' definitions: `pnpm grafana:build`. */
import { join } from 'node:path';
import { writeFiles } from '../src/index.ts';
import { generatedFiles } from './generated-files.ts';

const repositoryRoot = join(import.meta.dirname, '../../..');

writeFiles(
  repositoryRoot,
  generatedFiles().map(({ path, text }) => ({ path, content: text })),
);
