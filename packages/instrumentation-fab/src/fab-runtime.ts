/**
 * The part of fab that is measured, by its shape: the seam under which all of fab's transports sit
 * (`src/runtime.ts` of nanohype/fab). Methods are declared in method syntax so that fab's narrower
 * parameter types (`TeamRole`, `UserEvent`) fit without a cast.
 */

/** One role session as fab's transports hand it out. */
export interface FabSession {
  /** Transports may fill it in late: the Agent SDK's sessions learn theirs from the first message. */
  readonly id: string;
  readonly events: AsyncIterable<unknown>;
  sendInput(input: unknown): Promise<void>;
  interrupt(): Promise<void>;
}

/** What fab's `createRuntime(api)` returns, whichever transport it picked. */
export interface FabRuntime {
  runRoleSession(role: string, message: string, options?: object): Promise<FabSession>;
  resumeSession(sessionId: string): FabSession;
}

/** One role of a roster. fab's own `TeamMember` fits. */
export interface FabRosterMember {
  readonly role: string;
  /** The roster folder: `discovery`, `design`, `build`, … @default the contract's phase of this role */
  readonly phase?: string | undefined;
  /** `factory`, `firm` or `lab`. @default the contract's group of this role */
  readonly group?: string | undefined;
}
