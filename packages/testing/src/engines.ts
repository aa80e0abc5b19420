/** For tests that run on each engine. An entry of its own, as it needs the test runner. */
export { describeEngines, newDirectory } from './describe-engines.ts';
