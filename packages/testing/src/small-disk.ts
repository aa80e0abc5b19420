import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own that is soon full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes it away, with all that is on it, also while somebody has files there open. */
  readonly remove: () => void;
}

/** Who may write on it. */
export interface SmallDiskOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Mounts a file system in memory that holds so many MiB, or says why this machine cannot. Needs Linux and root.
 *
 * @example
 * import { mountSmallDisk } from '@ephemetry/testing';
 *
 * const disk = mountSmallDisk(1);
 * if ('unavailable' in disk) console.log(disk.unavailable);
 * else disk.remove();
 */
export function mountSmallDisk(
  mebibytes: number,
  owner: SmallDiskOwner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
): SmallDisk | { readonly unavailable: string } {
  const path = mkdtempSync(join(tmpdir(), 'ephemetry-small-disk-'));
  const options = `size=${mebibytes}m,mode=0700,uid=${owner.uid},gid=${owner.gid}`;
  const { error, status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    rmSync(path, { recursive: true, force: true });
    return { unavailable: error?.message ?? stderr.trim() };
  }
  return {
    path,
    remove: () => {
      spawnSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
