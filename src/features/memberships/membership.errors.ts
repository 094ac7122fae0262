import { AppError } from '../../platform/errors/app-error.js';

/** The organization has a member with this address already. */
export function alreadyMember(): AppError {
  return new AppError(
    'ALREADY_MEMBER',
    'conflict',
    'This person belongs to the organization already. Change the membership instead.',
    {
      errors: [{ path: 'email', code: 'taken', message: 'belongs to a member' }],
    },
  );
}

/** Nobody gives, changes or takes a role above their own. */
export function roleAboveOwn(): AppError {
  return new AppError('ROLE_ABOVE_OWN', 'forbidden', 'This needs a role at least as high as the one in question.');
}

/** An organization keeps at least one owner. */
export function lastOwner(): AppError {
  return new AppError(
    'LAST_OWNER',
    'unprocessable',
    'This is the last owner of the organization. Make somebody else owner first.',
  );
}
