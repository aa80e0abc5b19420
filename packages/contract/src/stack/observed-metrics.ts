/**
 * What the programs of a stack say about hosts, processes and themselves: the part that boards and alerts of quality read.
 * These names belong to node exporter 1.9, process exporter 0.8, Prometheus 2.53, Alertmanager 0.31 and Thanos 0.41;
 * nothing of ours records them. `host` is set where they are scraped.
 */

/** Every metric of hosts and of their processes that is read, by a short key. */
export const HOST_METRICS = {
  memoryTotal: {
    name: 'node_memory_MemTotal_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'Memory of the host',
    labels: ['host'],
  },
  memoryAvailable: {
    name: 'node_memory_MemAvailable_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'Memory that programs can still get, without swapping',
    labels: ['host'],
  },
  fileSystemSize: {
    name: 'node_filesystem_size_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'Size of the file system',
    labels: ['host', 'device', 'fstype'],
  },
  fileSystemFree: {
    name: 'node_filesystem_free_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'What is free for root',
    labels: ['host', 'device', 'fstype'],
  },
  fileSystemAvailable: {
    name: 'node_filesystem_avail_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'What is free for everybody else',
    labels: ['host', 'device', 'fstype'],
  },
  fileSystemReadOnly: {
    name: 'node_filesystem_readonly',
    instrument: 'gauge',
    unit: '1',
    description: 'Whether the file system is mounted read-only',
    labels: ['host', 'device', 'fstype'],
  },
  load: {
    name: 'node_load5',
    instrument: 'gauge',
    unit: '{process}',
    description: 'Processes that run or wait for a processor or a disk, over 5 minutes',
    labels: ['host'],
  },
  bootTime: {
    name: 'node_boot_time_seconds',
    instrument: 'gauge',
    unit: 's',
    description: 'When the host started, in seconds since 1970',
    labels: ['host'],
  },
  cpu: {
    name: 'node_cpu_seconds_total',
    instrument: 'counter',
    unit: 's',
    description: 'Time of each processor in each mode',
    labels: ['host', 'cpu', 'mode'],
  },
  diskRead: {
    name: 'node_disk_read_bytes_total',
    instrument: 'counter',
    unit: 'By',
    description: 'What was read from the disk',
    labels: ['host', 'device'],
  },
  diskWritten: {
    name: 'node_disk_written_bytes_total',
    instrument: 'counter',
    unit: 'By',
    description: 'What was written to the disk',
    labels: ['host', 'device'],
  },
  networkReceived: {
    name: 'node_network_receive_bytes_total',
    instrument: 'counter',
    unit: 'By',
    description: 'What a network device received',
    labels: ['host', 'device'],
  },
  networkSent: {
    name: 'node_network_transmit_bytes_total',
    instrument: 'counter',
    unit: 'By',
    description: 'What a network device sent',
    labels: ['host', 'device'],
  },
  processCpu: {
    name: 'namedprocess_namegroup_cpu_seconds_total',
    instrument: 'counter',
    unit: 's',
    description: 'Processor time of a group of processes',
    labels: ['host', 'groupname', 'mode'],
  },
  processMemory: {
    name: 'namedprocess_namegroup_memory_bytes',
    instrument: 'gauge',
    unit: 'By',
    description: 'Memory of a group of processes',
    labels: ['host', 'groupname', 'memtype'],
  },
} as const;

/** Every metric of the stack about itself that is read, by a short key. */
export const STACK_METRICS = {
  scrape: {
    name: 'up',
    instrument: 'gauge',
    unit: '1',
    description: 'Whether the latest scrape worked',
    labels: ['job', 'instance', 'host'],
  },
  ruleFailures: {
    name: 'prometheus_rule_evaluation_failures_total',
    instrument: 'counter',
    unit: '{evaluation}',
    description: 'Evaluations of rules that failed',
    labels: ['rule_group'],
  },
  droppedNotifications: {
    name: 'prometheus_notifications_dropped_total',
    instrument: 'counter',
    unit: '{alert}',
    description: 'Alerts that Prometheus could hand to no Alertmanager',
    labels: [],
  },
  prometheusReload: {
    name: 'prometheus_config_last_reload_successful',
    instrument: 'gauge',
    unit: '1',
    description: 'Whether Prometheus took its configuration when it last read it',
    labels: [],
  },
  failedNotifications: {
    name: 'alertmanager_notifications_failed_total',
    instrument: 'counter',
    unit: '{notification}',
    description: 'Notifications that Alertmanager could not deliver',
    labels: ['integration'],
  },
  alertmanagerReload: {
    name: 'alertmanager_config_last_reload_successful',
    instrument: 'gauge',
    unit: '1',
    description: 'Whether Alertmanager took its configuration when it last read it',
    labels: [],
  },
  archivedTime: {
    name: 'thanos_objstore_bucket_last_successful_upload_time',
    instrument: 'gauge',
    unit: 's',
    description: 'When a block was last uploaded to the archive, in seconds since 1970',
    labels: ['job'],
    job: 'thanos-sidecar',
  },
} as const;
