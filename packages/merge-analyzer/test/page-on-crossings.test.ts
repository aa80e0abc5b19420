/** The recipe that SKILL.md names, run as it is published. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPostgresPrograms, startPostgresServer, temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { openPostgresql } from '../src/database/open-postgresql.ts';
import { isPostgresqlMissing, WHY_SKIPPED } from './engines.ts';
import { startOrchestrator } from './orchestrator.ts';

test.skipIf(isPostgresqlMissing)(
  `the recipe pages each crossing, again what could not be paged, and nothing twice${WHY_SKIPPED}`,
  async () => {
    const directory = temporaryDirectory();
    onTestFinished(directory.remove);
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    const database = openPostgresql({ url: server.url });
    onTestFinished(() => database.close());
    const orchestrator = await startOrchestrator(database);
    const analyzer = await openMergeAnalyzer(database);
    const merge = async (count: number, attempts: number): Promise<void> => {
      const of = (index: number) => ({ workItemId: `${attempts}-${count}-${index}`, attempts });
      await orchestrator.merge(...Array.from({ length: count }, (_, index) => of(index)));
      await analyzer.analyze();
    };
    const recipe = join(import.meta.dirname, '../skills/page-on-crossings.sh');
    const pager = '#!/bin/sh\ntest ! -e pager-is-away && echo "$2" >> pages\n';
    writeFileSync(join(directory.path, 'page'), pager, { mode: 0o755 });
    const env = { PATH: `${findPostgresPrograms()}:${process.env['PATH']}`, DATABASE: server.url };
    const run = () => spawnSync('sh', [recipe], { cwd: directory.path, env }).status;
    const pages = (): string => {
      const file = join(directory.path, 'pages');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };

    expect(run()).toBe(0);
    await merge(50, 1);
    expect(run()).toBe(0);
    expect(pages()).toBe('first_pass_merge_rate of global went up to 1\n');
    await merge(15, 2);
    writeFileSync(join(directory.path, 'pager-is-away'), '');
    expect(run()).toBe(1);
    execFileSync('rm', [join(directory.path, 'pager-is-away')]);
    for (const _time of ['tried again', 'nothing new']) {
      expect(run()).toBe(0);
      expect(pages()).toBe(
        'first_pass_merge_rate of global went up to 1\nfirst_pass_merge_rate of global went down to 0.7\n',
      );
    }
  },
);
