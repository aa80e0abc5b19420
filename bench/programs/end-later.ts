/** A command that lives long enough for all of its start to be over, and says when it ended. */
import { say } from './say.ts';

const LIVES_MS = 300;

setTimeout(() => {
  const leftAtNs = process.hrtime.bigint();
  say({ leftAtNs });
  process.exit(0);
}, LIVES_MS);
