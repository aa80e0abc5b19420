import type { Kysely, TransactionBuilder } from 'kysely';
import type { AnalyzerDatabase } from '../src/database/analyzer-database.ts';
import type { OwnTables } from '../src/database/own-tables.ts';

/** A database whose connection breaks after the first, third … commit: it is done, and the client is never told. */
export function loseEverySecondReply(database: AnalyzerDatabase): AnalyzerDatabase {
  let commits = 0;
  const execute: TransactionBuilder<OwnTables>['execute'] = async (run) => {
    const result = await database.kysely.transaction().setIsolationLevel('repeatable read').execute(run);
    commits += 1;
    if (commits % 2 === 1) throw new Error('the reply to the commit is lost');
    return result;
  };
  const transaction = (): TransactionBuilder<OwnTables> => {
    const builder: TransactionBuilder<OwnTables> = override(database.kysely.transaction(), {
      execute,
      setIsolationLevel: () => builder,
    });
    return builder;
  };
  return { ...database, kysely: override<Kysely<OwnTables>>(database.kysely, { transaction }) };
}

/** The object with some of its methods replaced; classes with private fields want to be `this` themselves. */
function override<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_, name) => {
      const replaced: unknown = Reflect.get(methods, name);
      const value: unknown = replaced ?? Reflect.get(target, name, target);
      return typeof value === 'function' && replaced === undefined ? value.bind(target) : value;
    },
  });
}
