/** One execution of a tool, as the tool sees it. */
export interface ToolRun {
  /** Aborted when it takes too long or nobody waits for it: hand it to whatever can wait. */
  readonly signal: AbortSignal;
}

/**
 * Base of what crews, chats and people may have done by name. It runs in the context of whoever asked, after role, feature
 * and key scope were checked and the inputs were read.
 */
export abstract class Tool<Inputs extends object = object> {
  /**
   * Does the work, and changes nothing: whoever asks may ask again.
   * @returns what JSON can hold, without secrets; at most 64 kB of it
   * @throws AppError with what the caller can act on
   */
  abstract run(inputs: Inputs, run: ToolRun): Promise<object>;
}
