/**
 * The one list of commands in the documents that no test runs, with the reason, and with what is held against the
 * repository in place of a run. `docs-examples.test.ts` runs every other command.
 */
import {
  configurationFaults,
  generatorFaults,
  missingFiles,
  packageFaults,
  portFaults,
  programFaults,
  scriptFaults,
  storeFaults,
  verbFaults,
} from './command-faults.ts';
import { kubernetesFaults } from './kubernetes-commands.ts';
import { type ShellCommand, valuesOf } from './shell-command.ts';

/** A kind of command that is not run. */
export interface NotRun {
  /** How such commands begin; the first row that fits is taken. */
  readonly begins: string;
  /** Why no test can run it. */
  readonly reason: string;
  /** What is wrong with the command as far as it can be told without running it. `page` is the path of its page. */
  readonly faults: (command: ShellCommand, page: string) => readonly string[];
}

/** To add a command: a row with a reason that is true, and the strongest check that works without a run. */
export const NOT_RUN: readonly NotRun[] = [
  {
    begins: 'pnpm soak:',
    reason: 'kills gateways under load for many minutes; `.ci/run` runs the same files for a share of it',
    faults: (command) => scriptFaults(command),
  },
  {
    begins: 'pnpm bench:',
    reason: 'measures for minutes on a quiet machine',
    faults: (command) => scriptFaults(command),
  },
  {
    begins: 'pnpm demo:',
    reason: 'builds everything first; a test of its own runs the program',
    faults: (command) => scriptFaults(command),
  },
  {
    begins: 'pnpm',
    reason: 'installs, builds, or runs this very suite; `.ci/run` runs it',
    faults: (command) => scriptFaults(command, { isOfContinuousIntegration: true }),
  },
  {
    begins: 'npm install',
    reason: 'installs what is published, which is not what stands here',
    faults: packageFaults,
  },
  {
    begins: 'npx -p @bufbuild/buf@',
    reason: 'fetches a code generator',
    faults: generatorFaults,
  },
  {
    begins: 'node',
    reason: 'runs until a signal, or for seconds; a test of its own runs the program',
    faults: programFaults,
  },
  {
    begins: 'docker compose',
    reason:
      'needs containers; `e2e/gateway/configurations.e2e.ts` has docker read the file where there is docker',
    faults: (command, page) => missingFiles(valuesOf(command, '--file'), page, 'compose.yaml'),
  },
  {
    begins: 'otelcol-contrib',
    reason:
      'only the end-to-end suite has a Collector; `e2e/gateway/configurations.e2e.ts` gives it each file',
    faults: (command, page) => configurationFaults(valuesOf(command, '--config'), page),
  },
  {
    begins: 'victoria-metrics',
    reason: 'only the end-to-end suite has one; it starts it with the flags of this page',
    faults: storeFaults,
  },
  {
    begins: 'kubectl',
    reason:
      'needs a cluster; `e2e/gateway/configurations.e2e.ts` holds the manifests against the schemas of the API',
    faults: kubernetesFaults,
  },
  {
    begins: 'ephemetry gitea',
    reason: 'needs a forge; `packages/cli/src/verbs/gitea-push.test.ts` runs the same line against one',
    faults: verbFaults,
  },
  {
    begins: 'ephemetry alerts',
    reason:
      'needs a Gitea or an Alertmanager; `packages/cli/src/verbs/alerts-gitea.test.ts` and `alerts-test.test.ts` run the same lines',
    faults: verbFaults,
  },
  {
    begins: 'curl -s http://localhost:',
    reason: 'asks a Collector in a cluster, through the port that the command before it forwards',
    faults: portFaults,
  },
  {
    begins: 'aws',
    reason: 'changes an AWS account',
    faults: kubernetesFaults,
  },
];

/** The row of a command; none for a command that has to run. */
export function notRun({ words }: ShellCommand): NotRun | undefined {
  const text = `${words.join(' ')} `;
  return NOT_RUN.find(({ begins }) => text.startsWith(/\w$/.test(begins) ? `${begins} ` : begins));
}
