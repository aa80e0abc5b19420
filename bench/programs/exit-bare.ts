/** How long leaving takes, and how much memory a process has, without telemetry. */
import { leaveAndSay } from './exit-probe.ts';

leaveAndSay();
