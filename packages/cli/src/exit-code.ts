/** What the command's exit codes mean; each command's help names the ones it uses. */
export const EXIT_CODE = {
  /** All is well. */
  done: 0,
  /** It could not do all that was asked; standard error says why. */
  failed: 1,
  /** The arguments are wrong. */
  usage: 2,
  /** `status`: batches wait in the spool. */
  waiting: 3,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
