/**
 * The exit matrix where the Collector has a name, and where a certificate is a pipe: the end of a program waits for no
 * name server and no file. Each program has a resolv.conf and a hosts file of its own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type NameServer,
  type NameServerOptions,
  startNameServer,
  temporaryDirectory,
  unsharedUnavailable,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePipe } from '../src/spool/fixtures/make-pipe.ts';
import { bareEnding, MATRIX_ENDINGS, type MatrixEnding, runEnding } from './matrix-endings.ts';
import { PROMPT_MS, setScene, verdicts } from './scene.ts';

/** As silent as resolv.conf allows: the system itself would ask for minutes. */
const PATIENCE = 'options timeout:30 attempts:5';
const KUBERNETES =
  'search team.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:30 attempts:5';

interface Place {
  readonly host: string;
  /** Where its name server listens, on port 53: `undefined` starts none. */
  readonly server?: NameServerOptions & { readonly address: string };
  readonly configuration?: string;
  readonly hosts?: string;
  readonly isDelivered: boolean;
}

const PLACES: Readonly<Record<string, Place>> = {
  'a silent name server': {
    host: 'collector.example.test',
    server: { address: '127.0.77.1', isSilent: true },
    configuration: PATIENCE,
    isDelivered: false,
  },
  'a silent name server and a search list': {
    host: 'collector',
    server: { address: '127.0.77.2', isSilent: true },
    configuration: KUBERNETES,
    isDelivered: false,
  },
  'a slow name server': {
    host: 'collector.example.test',
    server: { address: '127.0.77.3', delayMs: 100, names: { 'collector.example.test': ['127.0.0.1'] } },
    configuration: PATIENCE,
    isDelivered: true,
  },
  'a short cluster name': {
    host: 'collector.other',
    server: { address: '127.0.77.4', names: { 'collector.other.svc.cluster.local': ['127.0.0.1'] } },
    configuration: KUBERNETES,
    isDelivered: true,
  },
  'an entry in the hosts file, beside a silent name server': {
    host: 'collector',
    server: { address: '127.0.77.5', isSilent: true },
    configuration: KUBERNETES,
    hosts: '127.0.0.1 collector\n',
    isDelivered: true,
  },
};

const unavailable = unsharedUnavailable();

/** Process 1 of its container, in which the files are its own. */
const ENDINGS: readonly MatrixEnding[] = MATRIX_ENDINGS.filter(
  ({ isHard, signal, isProcess1 }) => !isHard && (signal === undefined || isProcess1),
).map((ending) => ({ ...ending, isProcess1: true }));

for (const [name, place] of Object.entries(PLACES)) {
  describe.concurrent(name, () => {
    let server: NameServer | undefined;
    beforeAll(async () => {
      if (unavailable === undefined) server = await startNameServer({ ...place.server, port: 53 });
    });
    afterAll(() => server?.stop());

    test.for(ENDINGS)('$name: counted once, and the program ends as it would', async (ending, context) => {
      context.skip(unavailable !== undefined, unavailable);
      const scene = await setScene(context, place.isDelivered ? {} : { budgetMs: 250 });
      const { path, remove } = temporaryDirectory();
      context.onTestFinished(remove);
      const mounts = { '/etc/resolv.conf': join(path, 'resolv.conf'), '/etc/hosts': join(path, 'hosts') };
      writeFileSync(
        mounts['/etc/resolv.conf'],
        `nameserver ${place.server?.address}\n${place.configuration ?? ''}\n`,
      );
      writeFileSync(mounts['/etc/hosts'], place.hosts ?? '');
      const endpoint = scene.receiver.url.replace('127.0.0.1', place.host);
      const env = { ...scene.env, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint };

      const { ended, lostMs } = await runEnding(ending, env, scene.receiver, mounts);

      const { code, signal } = ending.expected ?? (await bareEnding(ending));
      expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal });
      expect(ended).toMatchObject({ stdout: '', survivors: [] });
      expect(lostMs).toBeLessThan(PROMPT_MS);
      // From the outside, too: the last listener is not the end.
      expect(ended.wallMs).toBeLessThan(PROMPT_MS);
      expect(verdicts(ended).at(-1)).toMatchObject({ lost: 0 });
      if (place.isDelivered) expect(verdicts(ended).at(-1)).toMatchObject({ spooled: 0 });
      await scene.expectCounted(ending.measures);
    });
  });
}

describe.concurrent('a certificate that is a pipe', () => {
  const plain = MATRIX_ENDINGS.filter(({ isHard, isProcess1 }) => !isHard && !isProcess1);
  test.for(plain)('$name: kept, and the program ends as it would', async (ending, context) => {
    const scene = await setScene(context, { tls: true });
    const pipe = join(scene.directory, 'ca.pem');
    makePipe(pipe);
    const env = { ...scene.env, OTEL_EXPORTER_OTLP_CERTIFICATE: pipe };

    const { ended, lostMs } = await runEnding(ending, env, scene.receiver);

    const { code, signal } = ending.expected ?? (await bareEnding(ending));
    expect({ code: ended.code, signal: ended.signal }).toEqual({ code, signal });
    expect(lostMs).toBeLessThan(PROMPT_MS);
    expect(ended.stderr).toContain(
      `OTEL_EXPORTER_OTLP_CERTIFICATE cannot be read (${pipe} must be a regular file)`,
    );
    expect(verdicts(ended).at(-1)).toMatchObject({ delivered: 0, lost: 0 });
  });
});
