import type { z } from 'zod';
import { runUnderSignal, workSignal } from '../database/work-signal.js';
import type { FieldProblem } from '../errors/app-error.js';
import { redactSecrets } from '../logging/redaction.js';
import type { ToolDeclaration } from './tool-declaration.js';
import type { DeclaredTool } from './tool-registry.js';
import { toolOutputTooLarge, toolTimedOut } from './tool.errors.js';

/** What a table row, a socket and a language model can take. */
export const MAX_OUTPUT_BYTES = 64 * 1_024;
const MAX_REPORTED = 20;

/** Says what is wrong with the inputs of a tool. */
export function problemsOf(declaration: ToolDeclaration, inputs: unknown, path: string): FieldProblem[] {
  const parsed = declaration.inputs.safeParse(inputs);
  return parsed.success ? [] : toProblems(parsed.error.issues, path).slice(0, MAX_REPORTED);
}

/**
 * Has a tool work for as long as it may, in the current context.
 * @throws TOOL_TIMED_OUT, TOOL_OUTPUT_TOO_LARGE; what `signal` was aborted with; what the tool throws
 */
export async function runTool(
  { declaration, tool }: DeclaredTool,
  inputs: object,
  outer: AbortSignal | undefined,
): Promise<{ output: Record<string, unknown>; bytes: number }> {
  const { timeoutSeconds } = declaration;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(toolTimedOut(timeoutSeconds)), timeoutSeconds * 1_000);
  const signals = [limit.signal, outer, workSignal()].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  try {
    signal.throwIfAborted();
    const work = runUnderSignal(signal, () => tool.run(inputs, { signal }));
    return toOutput(await Promise.race([work, aborted(signal)]));
  } catch (error) {
    // Whatever the tool made of being stopped, the reason is why it ended.
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

function toOutput(found: object): { output: Record<string, unknown>; bytes: number } {
  const json = JSON.stringify(redactSecrets(found));
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_OUTPUT_BYTES) throw toolOutputTooLarge(bytes, MAX_OUTPUT_BYTES);
  return { output: JSON.parse(json) as Record<string, unknown>, bytes };
}

async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function toProblems(issues: readonly z.core.$ZodIssue[], parent: string): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = [parent, ...issue.path.map(String)].join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, code: issue.code, message: issue.message }];
    const message = 'is not an input of this tool';
    return issue.keys.map((key) => ({ path: `${path}.${key.slice(0, 60)}`, code: 'unknownField', message }));
  });
}
