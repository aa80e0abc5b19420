/** What was typed is not allowed. The message says what was given and what is allowed. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
  /** What the command ends with. */
  exitCode: number = 2;
}
