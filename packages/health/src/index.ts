export { type Judgement, STATES, type State } from './judge/judge.ts';
export type { NameSources } from './name/resolve-name.ts';
export { type Finding, PHASES, type Phase, type PhaseSeconds, type ProbeFacts } from './probe/probe-facts.ts';
export type { ProbeClocks } from './probe/probe-run.ts';
export { type ProbeOptions, TIMEOUT_MS } from './probe/probe-target.ts';
export { createHealthRecorder, type HealthRecorder } from './record/health-recorder.ts';
export {
  type NetworkReading,
  type RoundOptions,
  type RoundReport,
  runRound,
  type TargetReading,
} from './round/run-round.ts';
export { type Overrun, type WatchHealthOptions, watchHealth } from './round/watch-health.ts';
export { type ReadSecret, readSecret, type SecretText } from './secret-text.ts';
export type {
  CommandProbe,
  HttpExpectation,
  HttpProbe,
  JsonValue,
  Network,
  Probe,
  StatusRange,
  Target,
  TcpProbe,
  TlsProbe,
  Witness,
} from './target.ts';
