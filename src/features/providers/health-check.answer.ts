import { ApiProperty } from '@nestjs/swagger';
import { CredentialHealth } from '../credentials/credential-health.types.js';
import type { KnownHealth } from '../credentials/renewal.types.js';

/** What a check found, in the form in which the resource shows it from then on. */
export class HealthCheckAnswer {
  @ApiProperty({ type: CredentialHealth })
  health!: CredentialHealth;

  static of({ state, checkedAt, evidence, expiresAt }: KnownHealth): HealthCheckAnswer {
    const health = CredentialHealth.from({
      healthState: state,
      healthCheckedAt: checkedAt,
      healthEvidence: evidence,
      healthExpiresAt: expiresAt,
    });
    return { health };
  }
}
