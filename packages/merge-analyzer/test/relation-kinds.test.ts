/** What is no plain table under the orchestrator's names: views, kinds that are an enum. */
import { expect, test } from 'vitest';
import { openMergeAnalyzer } from '../src/analyzer/merge-analyzer.ts';
import { readMetrics } from '../src/commands/read-metrics.ts';
import { OrchestratorSchemaError } from '../src/log/schema-demands.ts';
import { describeEngines } from './engines.ts';
import { SMALL } from './histories.ts';
import { startOrchestrator } from './orchestrator.ts';

describeEngines((engine) => {
  async function start() {
    const database = engine.open();
    const orchestrator = await startOrchestrator(database);
    const { run, table } = orchestrator;
    const putViewInFrontOf = async (name: string) => {
      await run(`alter table ${table(name)} rename to "${name} behind"`);
      await run(`create view ${table(name)} as select * from ${table(`${name} behind`)}`);
    };
    const open = () => openMergeAnalyzer(database, { configuration: SMALL });
    return { database, orchestrator, run, table, putViewInFrontOf, open };
  }

  test('an outbox that is a view is refused by what it is', async () => {
    const { putViewInFrontOf, run, table, open } = await start();
    await putViewInFrontOf('events_outbox');
    await run(`alter view ${table('events_outbox')} alter column id set default 1`);
    const refused: unknown = await open().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OrchestratorSchemaError);
    expect(String(refused)).toMatch(/events_outbox is not a table/);
  });

  test('work items that are a view complete merges as a table does', async () => {
    const { putViewInFrontOf, orchestrator, run, table, open } = await start();
    await putViewInFrontOf('work_items');
    await run(
      `insert into ${table('work_items')} (id, phase, attempts, project) values ('a', 'merged', 2, 'alpha')`,
    );
    await run(`update ${table('work_items behind')} set merged_at = now() - interval '1 second'`);
    const analyzer = await open();
    await orchestrator.emit('a', { target: 'merged' });
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 1, quarantine: { count: 0 } });
  });

  test("kinds that are an enum without the analyzer's are refused with the statements that add them", async () => {
    const { database, orchestrator, run, table, open } = await start();
    const type = `"${database.orchestratorSchema}".kinds`;
    await run(`create type ${type} as enum ('work_item.transition')`);
    await run(
      `alter table ${table('events_outbox')} alter column kind type ${type} using kind::text::${type}`,
    );
    const refused: unknown = await open().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OrchestratorSchemaError);
    const statements = String(refused).split('with: ')[1]?.split('; ') ?? [];
    expect(statements).toHaveLength(2);
    for (const statement of statements) await run(statement);
    const analyzer = await open();
    await run(`insert into ${table('events_outbox')} (kind, work_item_id, payload)
      values ('work_item.transition', 'a', '{"target":"merged","attempts":1,"last_verdict":null,"project":"alpha"}')`);
    await analyzer.analyze();
    expect(await readMetrics(analyzer)).toMatchObject({ merges: 1 });
    expect(await orchestrator.events('metric.snapshot')).toHaveLength(1);
  });
});
