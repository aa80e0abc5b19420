/** The delivery that a push starts: waits for further pushes and drains once. Says nothing: nobody listens. */
import { drain } from '@ephemetry/exporter';
import { deliverInTurn } from '@ephemetry/wrapper/push';
import { reportLedger } from '../drain/report-ledger.ts';

const [spoolDir = '', endpoint] = process.argv.slice(2);
const options = { spoolDir, ...(endpoint === undefined ? {} : { endpoint }) };
await deliverInTurn(spoolDir, async () => reportLedger(await drain(options), options));
