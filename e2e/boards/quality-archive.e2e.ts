/** The alert that nothing is archived, against histories, judged by `promtool test rules`. */
import { test } from 'vitest';
import { assertQuality } from './quality-scenario.ts';

const LATE = ['ArchiveLate job=thanos-sidecar'];

test('an archive that gets no block is told, whatever is started again, and whether it ever got one', () => {
  assertQuality(
    (name) => name === 'ArchiveLate',
    [
      {
        name: 'nothing is archived any more',
        series: { 'thanos_objstore_bucket_last_successful_upload_time{job="thanos-sidecar"}': [[0, 1]] },
        firing: { 350: [], 390: LATE },
      },
      {
        name: 'what archives is started again, and has archived nothing since',
        series: {
          'thanos_objstore_bucket_last_successful_upload_time{job="thanos-sidecar"}': [
            [0, 1],
            [200, 0],
            [400, 'stale'],
            [405, 0],
            [440, 440 * 60],
          ],
        },
        firing: {
          390: LATE,
          430: LATE,
          455: [],
        },
      },
      {
        name: 'nothing was archived yet, in its first hours and ever',
        series: {
          'thanos_objstore_bucket_last_successful_upload_time{job="thanos-sidecar"}': [
            [0, 0],
            [430, 430 * 60],
          ],
        },
        firing: { 350: [], 390: LATE, 450: [] },
      },
    ],
  );
});
