import { AppError } from '../errors/app-error.js';

/**
 * Why a call to the endpoint gave nothing. transient: may work a moment later. quota: too much was asked of it.
 * refused: the endpoint will not do this, however often it is asked. unreadable: its answer is none. absent: none is set up.
 */
export type LlmProblemKind = 'transient' | 'quota' | 'refused' | 'unreadable' | 'absent';

const unavailable = (what: string) =>
  new AppError('LLM_UNAVAILABLE', 'unavailable', `The language model ${what}. Try again.`);
const REFUSED = 'The language model refused the request. Its settings, or what was asked, must be changed.';
const ABSENT = 'No language model is set up here. Set LLM_BASE_URL and LLM_MODEL.';
/** What is told where nobody catches it. */
const ANSWERS: Readonly<Record<LlmProblemKind, AppError>> = {
  transient: unavailable('does not answer now'),
  quota: unavailable('was asked too much'),
  unreadable: unavailable('gave no complete answer'),
  refused: new AppError('LLM_REFUSED', 'unavailable', REFUSED),
  absent: new AppError('LLM_NOT_CONFIGURED', 'unavailable', ABSENT),
};
const DEFAULT_WAIT_SECONDS = 5;

/** Holds nothing of what was sent or answered. */
export class LlmProblem extends AppError {
  constructor(
    readonly kind: LlmProblemKind,
    /** What happened, in a word: for logs and metrics. */
    readonly evidence: string,
    /** How long the endpoint asks to be left alone. */
    readonly retryAfterMs: number | null = null,
    /** The field of the request that the endpoint does not take. */
    readonly parameter: string | null = null,
  ) {
    const { code, category, message } = ANSWERS[kind];
    const mayRepeat = kind !== 'refused' && kind !== 'absent';
    super(code, category, message, {
      ...(mayRepeat && {
        retryAfterSeconds: retryAfterMs === null ? DEFAULT_WAIT_SECONDS : Math.ceil(retryAfterMs / 1_000),
      }),
    });
    this.name = 'LlmProblem';
  }
}
