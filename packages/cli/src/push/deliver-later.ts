/** The delivery that a push starts: waits for further pushes, ends its turn and drains once. Says nothing: nobody listens. */
import { setTimeout as wait } from 'node:timers/promises';
import { drain } from '@ephemetry/exporter';
import { endTurn, GATHER_MS } from '@ephemetry/wrapper/push';
import { reportLedger } from '../drain/report-ledger.ts';

const [spoolDir = '', endpoint] = process.argv.slice(2);
await wait(GATHER_MS);
endTurn(spoolDir);
const options = { spoolDir, ...(endpoint === undefined ? {} : { endpoint }) };
await reportLedger(await drain(options), options);
