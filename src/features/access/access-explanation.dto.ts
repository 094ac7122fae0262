import { ApiProperty } from '@nestjs/swagger';
import { EmailField, StringField, UuidField } from '../../platform/http/fields.js';

export class AccessQuestion {
  @UuidField({ optional: true, description: 'The person; or name it by its address.' })
  userId?: string;
  @EmailField({ optional: true, description: 'The person; or name it by its id.' })
  email?: string;
  @UuidField({ optional: true, description: 'Also tells whether the person can see this client.' })
  clientId?: string;
  @StringField({ optional: true, max: 100, description: 'Also tells whether this feature is switched on.' })
  feature?: string;
}

/** The links of the chain, in the order in which the doors ask for them. */
export const ACCESS_STEPS = ['product', 'organization', 'membership', 'user', 'role', 'feature', 'client'] as const;

export class AccessStep {
  @ApiProperty({ enum: ACCESS_STEPS })
  step!: (typeof ACCESS_STEPS)[number];
  @ApiProperty()
  isOk!: boolean;
  @ApiProperty({ example: 'an active member since 2026-11-23' })
  detail!: string;
}

export class AccessExplanation {
  @ApiProperty({ description: 'Whether every link holds.' })
  isAllowed!: boolean;
  @ApiProperty({ type: [AccessStep], description: 'Ends with the first link that does not hold.' })
  steps!: AccessStep[];
}
