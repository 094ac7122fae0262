import {
  ApiKeyNotAllowedError,
  OrganizationNotFoundError,
  RoleTooLowError,
  ScopeMissingError,
  TenancyError,
} from '../tenancy.errors.js';
import { type Role, ROLES } from './organization-context.js';

const RECORDED = [OrganizationNotFoundError, RoleTooLowError, ScopeMissingError, ApiKeyNotAllowedError];

/** Tells whether a door puts this refusal on record: somebody known asked for what it does not have. */
export function isRecordedRefusal(error: unknown): error is TenancyError {
  return error instanceof TenancyError && RECORDED.some((kind) => error instanceof kind);
}

/** @throws ROLE_TOO_LOW */
export function requireRank(role: Role | null, required: Role): void {
  if (role === null || ROLES.indexOf(role) < ROLES.indexOf(required)) throw new RoleTooLowError(required);
}
