import { ApiProperty } from '@nestjs/swagger';

/**
 * HEALTHY: the provider confirmed it. EXPIRING: as HEALTHY, and it ends soon. FAILING: it cannot be used as it is.
 * REVOKED: the provider said that it is void. UNKNOWN: nobody has tried, or it cannot be tried.
 */
export const HEALTH_STATES = ['HEALTHY', 'EXPIRING', 'FAILING', 'REVOKED', 'UNKNOWN'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** What a check can find, with the sentence that is shown for it. Only the code is stored, so no text of a provider is. */
export const EVIDENCE = {
  CONFIRMED: 'The provider accepted the credential.',
  EXPIRES_SOON: 'The provider accepted the credential, and says that it ends soon. Connect it again in time.',
  SECRET_INCOMPLETE: 'The stored secret lacks what the provider asks for. Store it again with all its fields.',
  SECRET_UNREADABLE: 'The stored secret cannot be read. Store it again.',
  PROPERTY_MISSING: 'No property is known, so there is nothing to try the credential on. Name the property.',
  TOKEN_MISSING: 'No token is stored. Connect the page.',
  PROVIDER_UNREACHABLE: 'The provider could not be reached.',
  PROVIDER_TIMEOUT: 'The provider did not answer in time.',
  PROVIDER_FAILED: 'The provider had an error of its own.',
  PROVIDER_ANSWER_UNREADABLE: 'The provider’s answer could not be read.',
  PROVIDER_QUOTA: 'The provider turned the call away because there were too many.',
  PROVIDER_REFUSED: 'The provider refused the call for a reason that is not known here.',
  TOKEN_REVOKED: 'The provider says that the token was revoked or has expired. Connect the account again.',
  TOKEN_EXPIRED: 'The provider says that the token has expired. Connect the account again.',
  TOKEN_INVALID: 'The provider says that the token is not valid any more. Connect the account again.',
  APP_REMOVED: 'The account has removed the application. Connect the account again.',
  PASSWORD_CHANGED: 'The account’s password was changed, which voids the token. Connect the account again.',
  LOGIN_NEEDED: 'The account’s holder must log in at the provider to clear a problem there.',
  ACCESS_TOKEN_REFUSED: 'The provider does not accept the access token. Store a credential that can be renewed.',
  OAUTH_CLIENT_REFUSED: 'The provider does not accept the OAuth client. Check its id and secret.',
  SERVICE_ACCOUNT_REFUSED: 'The provider does not accept the service account. Check its key and the clock.',
  PRIVATE_KEY_UNUSABLE: 'The private key of the service account cannot be used. Store the key file again.',
  SCOPE_REFUSED: 'The access does not cover what is asked for. Connect the account again and allow it.',
  API_DISABLED: 'The API is not enabled in the provider’s project. Enable it there.',
  ADMIN_POLICY: 'An administrator’s policy at the provider forbids the access.',
  PERMISSION_MISSING: 'The account has no permission for the property. Grant it at the provider.',
  PROPERTY_UNKNOWN: 'The provider does not know the property. Check its id or URL.',
  PROPERTY_UNVERIFIED: 'The account has not verified the property. Verify it at the provider.',
} as const;
export type Evidence = keyof typeof EVIDENCE;

/** The columns of a secret's row that tell its health. */
export interface HealthColumns {
  readonly healthState: string;
  readonly healthCheckedAt: Date | null;
  readonly healthEvidence?: string | null;
  readonly healthExpiresAt?: Date | null;
}

/** What is known of a secret's health says nothing of the one that replaces it; nor does a lease on it count. */
export const UNCHECKED = {
  healthState: 'UNKNOWN',
  healthCheckedAt: null,
  healthEvidence: null,
  healthFailures: 0,
  healthExpiresAt: null,
  renewedAt: null,
  leaseId: null,
  leasedUntil: null,
} as const;

export class HealthEvidence {
  @ApiProperty({ enum: Object.keys(EVIDENCE) })
  code!: string;
  @ApiProperty({ example: EVIDENCE.CONFIRMED })
  message!: string;
}

/** The health of a credential, as every answer shows it. */
export class CredentialHealth {
  @ApiProperty({ enum: HEALTH_STATES })
  state!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  checkedAt!: Date | null;
  @ApiProperty({ type: HealthEvidence, required: false, description: 'What the last check found.' })
  evidence?: HealthEvidence;
  @ApiProperty({ type: String, format: 'date-time', required: false, description: 'When it ends, if that is known.' })
  expiresAt?: Date;

  static from({ healthState, healthCheckedAt, healthEvidence, healthExpiresAt }: HealthColumns): CredentialHealth {
    const evidence = toEvidence(healthEvidence);
    return {
      state: healthState,
      checkedAt: healthCheckedAt,
      ...(evidence && { evidence }),
      ...(healthExpiresAt && { expiresAt: healthExpiresAt }),
    };
  }
}

function toEvidence(code: string | null | undefined): HealthEvidence | undefined {
  return code && Object.hasOwn(EVIDENCE, code) ? { code, message: EVIDENCE[code as Evidence] } : undefined;
}
