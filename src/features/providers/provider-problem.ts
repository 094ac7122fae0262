import type { Evidence } from '../credentials/credential-health.types.js';
import type { ErrorClass } from './provider.types.js';

/** A call that did not give what it was made for. `untestable`: there was nothing to make a call with. */
export class ProviderProblem extends Error {
  constructor(
    readonly kind: ErrorClass | 'untestable',
    readonly evidence: Evidence,
    /** How long the provider asks to be left alone. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(`${kind}: ${evidence}`);
    this.name = 'ProviderProblem';
  }
}
