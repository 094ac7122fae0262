import type { Role } from '../../tenancy/index.js';

/** What is told of a tool: to people, and to language models that may ask for it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the inputs. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly role: Role;
  readonly feature: string | null;
  readonly keyScope: string;
  readonly timeoutSeconds: number;
}

export interface ToolOptions {
  /** Nothing else may be used; without it every tool may. */
  readonly allowed?: readonly string[];
  /** Ends the execution; what it was aborted with is thrown. */
  readonly signal?: AbortSignal;
}

/** What a tool found: JSON without secrets, at most 64 kB of it. */
export interface ToolResult {
  readonly tool: string;
  readonly output: Readonly<Record<string, unknown>>;
}
