/** `ephemetry alerts test`: has an Alertmanager fire an alert, to see where it arrives. */
import { sendTestAlert, TEST_LEVELS, type TestLevel } from '@ephemetry/alert-issues';
import { alertmanagerFault } from '../alerts/alerts-options.ts';
import { defineVerb } from '../command-line/define-verb.ts';
import { defaulted, type Option, required } from '../command-line/option.ts';
import { httpUrl, oneOf, someText } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import { duration, durationMs } from '../serve/serve-options.ts';
import type { Output } from '../terminal/output.ts';

const level: Option<TestLevel> = required('level', `one of ${TEST_LEVELS.join(', ')}`, oneOf(TEST_LEVELS));

export const verb: Verb = defineVerb({
  name: 'alerts test',
  summary: 'Have an Alertmanager fire a test alert of a level, to see where it arrives.',
  help: `Gives Alertmanager an alert TestAlert of the level, as Prometheus would: it takes the way of every alert of that level, to messages, mail and an issue. It ends by itself after --for, and what was opened is closed then. The same --name and --level are one alert, however often it is given.`,
  examples: [
    'ephemetry alerts test --level p0',
    'ephemetry alerts test --level p3 --for 2m --alertmanager http://127.0.0.1:9093',
  ],
  exits: { done: 'Alertmanager has it', failed: 'Alertmanager does not take it; standard error says why' },
  options: {
    level,
    alertmanager: defaulted('url', 'which Alertmanager', httpUrl, 'http://127.0.0.1:9093'),
    for: defaulted('duration', 'how long it fires', duration(1_000, '24h'), '5m'),
    name: defaulted('text', 'what tells it from other test alerts', someText, 'test'),
  },
  fault: ({ alertmanager }) => alertmanagerFault(alertmanager),
  run: testAlerts,
});

interface Values {
  readonly level: TestLevel;
  readonly alertmanager: string;
  readonly for: string;
  readonly name: string;
}

async function testAlerts(values: Values, output: Output): Promise<ExitCode> {
  const { alertmanager: url, level: wanted, name } = values;
  const problem = await sendTestAlert({ url, level: wanted, name, forMs: durationMs(values.for) });
  if (problem !== undefined) {
    output.printError(`${problem}\n`);
    return EXIT_CODE.failed;
  }
  output.print(`Alertmanager has TestAlert of level ${wanted}; it ends in ${values.for}\n`);
  return EXIT_CODE.done;
}
