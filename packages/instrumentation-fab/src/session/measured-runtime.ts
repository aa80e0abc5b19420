import type { FabRuntime, FabSession } from '../fab-runtime.ts';
import { overlay } from '../overlay.ts';
import { quietly } from '../quietly.ts';
import type { RoleLabels } from '../role-lookup.ts';
import { type MeasuredSessionParts, measuredSession } from './measured-session.ts';
import type { RoleSession } from './role-session.ts';

/** How one runtime is measured. */
export interface InstrumentRuntimeOptions {
  /**
   * The role of a resumed session that this process did not start. `resumeSession` is given an id and nothing else;
   * fab's API knows the session's agent, and fab's state the agent's role. While a promise is pending, what the
   * session says waits in memory, at most 10 s and until the process ends; then its role is unknown.
   *
   * @default unknown
   */
  readonly roleOfSession?:
    | ((sessionId: string) => string | undefined | Promise<string | undefined>)
    | undefined;
}

/** What a measured runtime needs. */
export interface MeasuredRuntimeParts extends MeasuredSessionParts {
  readonly labelsOf: (role: unknown) => RoleLabels;
}

/**
 * A runtime whose sessions are measured. Everything else about it is the transport's own. `measure` gives what a
 * session needs, and is first called for the first one.
 */
export function measuredRuntime<Runtime extends FabRuntime>(
  runtime: Runtime,
  measure: () => MeasuredRuntimeParts,
  options: InstrumentRuntimeOptions,
): Runtime {
  const runRoleSession: FabRuntime['runRoleSession'] = (...args) => {
    const parts = quietly(measure);
    return parts === undefined ? runtime.runRoleSession(...args) : measureStart(runtime, args, parts);
  };
  const resumeSession: FabRuntime['resumeSession'] = (id) => {
    const handle = runtime.resumeSession(id);
    return quietly(() => measureResume(handle, id, measure(), options)) ?? handle;
  };
  return overlay(
    runtime,
    new Map<PropertyKey, () => unknown>([
      ['runRoleSession', () => runRoleSession],
      ['resumeSession', () => resumeSession],
    ]),
  );
}

function measureStart(
  runtime: FabRuntime,
  args: Parameters<FabRuntime['runRoleSession']>,
  parts: MeasuredRuntimeParts,
): Promise<FabSession> {
  const session = quietly(() => parts.registry.start(parts.labelsOf(args[0])));
  const refused = (error: unknown): never => {
    quietly(() => session?.failed());
    throw error;
  };
  const started = (handle: FabSession): FabSession =>
    quietly(() => identified(handle, session, parts)) ?? handle;
  try {
    return Promise.resolve(runtime.runRoleSession(...args)).then(started, refused);
  } catch (error) {
    return refused(error);
  }
}

function identified(
  handle: FabSession,
  session: RoleSession | undefined,
  parts: MeasuredRuntimeParts,
): FabSession {
  if (session === undefined) return handle;
  parts.registry.identify(session, () => quietly(() => handle.id));
  return measuredSession(handle, session, parts);
}

/** A session that was started here keeps the role it was started with. */
function measureResume(
  handle: FabSession,
  id: string,
  parts: MeasuredRuntimeParts,
  options: InstrumentRuntimeOptions,
): FabSession {
  const labels = (): RoleLabels | Promise<RoleLabels> => {
    const role = quietly(() => options.roleOfSession?.(id));
    return role instanceof Promise ? role.then(parts.labelsOf) : parts.labelsOf(role);
  };
  return measuredSession(handle, parts.registry.resume(id, labels), parts);
}
