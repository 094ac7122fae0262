import type { FieldProblem } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';
import { findSecret } from '../../platform/logging/redaction.js';
import { crewClientRequired } from './crew.errors.js';
import type { TaskPlan } from './crew.types.js';
import { needsClient, requiredInputs } from './task-plan.js';

const MAX_INPUT_BYTES = 16_384;

/** @throws VALIDATION_FAILED naming what the tasks refer to and was not given; CREW_CLIENT_REQUIRED */
export function requireInputs(
  plan: readonly TaskPlan[],
  inputs: Record<string, unknown>,
  clientId: string | undefined,
): void {
  const problems = findProblems(plan, inputs);
  if (problems.length > 0) throw validationFailed(problems);
  if (clientId === undefined && needsClient(plan)) throw crewClientRequired();
}

function findProblems(plan: readonly TaskPlan[], inputs: Record<string, unknown>): FieldProblem[] {
  const secret = findSecret(inputs);
  if (secret !== null) {
    const message = `must not carry "${secret}": everybody in the organization can read what an execution was asked for with`;
    return [{ path: 'inputs', code: 'isPublic', message }];
  }
  if (Buffer.byteLength(JSON.stringify(inputs)) > MAX_INPUT_BYTES) {
    return [{ path: 'inputs', code: 'maxBytes', message: `must not be longer than ${MAX_INPUT_BYTES} bytes` }];
  }
  const missing = requiredInputs(plan).filter((name) => !Object.hasOwn(inputs, name));
  return missing.map((name) => ({
    path: `inputs.${name}`,
    code: 'isDefined',
    message: 'is needed by the tasks of this crew',
  }));
}
