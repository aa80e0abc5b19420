/** Tells whether the pictures of the boards are of the boards as they are now. */
import { createHash } from 'node:crypto';
import { BOARD_NAMES, BOARDS, renderObservability } from '../src/index.ts';

/** Beside the pictures: each board's digest when it was drawn. Written by `pnpm boards:draw`. */
export const DRAWN_DIGESTS_PATH: string = 'docs/dashboards/pictures.json';

/** A digest of each board's JSON by its uid. */
export function boardDigests(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    BOARD_NAMES.flatMap((name) => renderObservability('provisioning', BOARDS[name]())).flatMap(
      ({ path, content }) => {
        const [, uid] = /^dashboards\/(.+)\.json$/.exec(path) ?? [];
        return uid === undefined ? [] : [[uid, createHash('sha256').update(content).digest('hex')]];
      },
    ),
  );
}
