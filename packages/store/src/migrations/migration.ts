/** A step of a program's tables from one version to the next. */
export interface Migration {
  /** 1, 2, 3 …: the version of the tables after it. What has been released is never changed. */
  readonly number: number;
  /** A few words, for whoever reads the table of what ran. */
  readonly name: string;
  /** Statements, separated by semicolons: the same for all engines, or those of each engine that the program opens. */
  readonly sql: string | Partial<Readonly<Record<'postgresql' | 'sqlite' | 'duckdb', string>>>;
}

/** @throws RangeError when numbers are missing, repeated or out of order: a mistake of the program. */
export function assertNumbered(migrations: readonly Migration[]): void {
  for (const [index, { number, name }] of migrations.entries()) {
    if (number !== index + 1) {
      throw new RangeError(
        `migration ${number} (${name}) stands where ${index + 1} is expected: number them 1, 2, 3 …`,
      );
    }
  }
}
