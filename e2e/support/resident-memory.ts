/** Memory that the gateway takes, and what its container has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MANIFEST = join(import.meta.dirname, '../../examples/kubernetes/gateway/stateful-set.yaml');

/** The limit of the gateway's container in the manifest. */
export function containerLimitMib(): number {
  const { spec } = parse(readFileSync(MANIFEST, 'utf8'));
  const { memory }: { memory: string } = spec.template.spec.containers[0].resources.limits;
  return Number.parseInt(memory, 10) * 1_024;
}

/** The most that a process has had resident. */
export function peakMib(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}
