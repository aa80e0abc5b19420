export {
  ALERTMANAGER_DIRECTORY,
  ALERTMANAGER_NEEDED,
  hasAlertmanager,
} from './alertmanager/alertmanager-program.ts';
export { alertNotification, diskFull } from './alertmanager/notifications.ts';
export { type Alertmanager, startAlertmanager } from './alertmanager/start-alertmanager.ts';
export { type AssertTotalsOptions, assertTotals, type ExpectedTotals } from './assert-totals.ts';
export { type Batch, parseBatches } from './batch.ts';
export type { Behaviour } from './behaviour.ts';
export {
  queryPrometheus,
  querySamples,
  type Sample,
  type SampleRange,
} from './collector/query-prometheus.ts';
export { type ExposedSample, readExposition } from './collector/read-exposition.ts';
export { type Service, type ServiceOptions, startService } from './collector/service.ts';
export {
  type AmpBehaviour,
  type AmpStandIn,
  type AmpStandInOptions,
  startAmpStandIn,
} from './collector/start-amp-stand-in.ts';
export { type CollectorOptions, startCollector } from './collector/start-collector.ts';
export { type Prometheus, type PrometheusOptions, startPrometheus } from './collector/start-prometheus.ts';
export {
  startVictoriaCluster,
  type VictoriaCluster,
  type VictoriaClusterOptions,
  type VictoriaClusterTools,
} from './collector/start-victoria-cluster.ts';
export {
  startVictoriaMetrics,
  type VictoriaMetrics,
  type VictoriaMetricsOptions,
} from './collector/start-victoria-metrics.ts';
export {
  type SignatureFault,
  type SignatureRule,
  type SignatureVerdict,
  type SignedRequest,
  verifySignature,
} from './collector/verify-signature.ts';
export { compileCache } from './compile-cache.ts';
export type { CounterPoint, DataPoint, GaugePoint, HistogramPoint } from './data-point.ts';
export { freePorts } from './free-ports.ts';
export { GITEA_NEEDED, hasGitea } from './gitea/gitea-program.ts';
export { type GiteaRepository, newGiteaRepository } from './gitea/gitea-repository.ts';
export { type Gitea, startGitea } from './gitea/start-gitea.ts';
export { startRunner } from './gitea/start-runner.ts';
export { type Attack, attacks } from './hostile/attacks.ts';
export { type FuzzedRequest, fuzzedRequests } from './hostile/fuzz.ts';
export { peakMemoryMib } from './hostile/peak-memory.ts';
export type { Labels } from './labels.ts';
export * as otlpJson from './otlp-json.ts';
export {
  findPostgresPrograms,
  POSTGRESQL_NEEDED,
  type PostgresServer,
  type PostgresServerOptions,
  startPostgresServer,
  unprivilegedUser,
} from './postgres-server.ts';
export type { ListedProcess } from './process-list.ts';
export {
  type Ended,
  type ProgramOptions,
  ProgramTimeout,
  type RunningProgram,
  type SignalWhen,
} from './program.ts';
export { type Lines, readLines, readTotals } from './read-totals.ts';
export type { Receiver, ReceiverOptions } from './receiver.ts';
export type { Content, RecordedRequest } from './recorded-request.ts';
export { runProgram } from './run-program.ts';
export { runShell } from './run-shell.ts';
export { runUnshared, type UnsharedEnded, unsharedUnavailable } from './run-unshared.ts';
export {
  type Certificate,
  type CertificateOptions,
  createSelfSignedCertificate,
} from './self-signed-certificate.ts';
export { mountSmallDisk, type SmallDisk } from './small-disk.ts';
export { type NameScene, type NameSceneOptions, startNameScene } from './start-name-scene.ts';
export { type NameServer, type NameServerOptions, type Names, startNameServer } from './start-name-server.ts';
export { startReceiver } from './start-receiver.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export { type HistogramTotal, type Series, type Totals, totalsOf } from './totals.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
