import { ApiProperty } from '@nestjs/swagger';
import { EmailField, StringField } from '../../platform/http/fields.js';
import { PASSWORD_RULES } from './auth.dto.js';
import { RESET_SECONDS } from './password.service.js';

export class ChangePassword {
  @StringField({ min: 1, max: 128, isExact: true, description: 'Never returned.' })
  currentPassword!: string;
  @StringField(PASSWORD_RULES)
  newPassword!: string;
}

export class Reauthenticate {
  @StringField({ min: 1, max: 128, isExact: true, description: 'Never returned.' })
  currentPassword!: string;
}

export class RequestPasswordReset {
  @EmailField()
  email!: string;
}

export class ResetPassword {
  @StringField({ min: 20, max: 200, description: 'From the link in the mail. Never returned.' })
  token!: string;
  @StringField(PASSWORD_RULES)
  newPassword!: string;
}

export class PasswordResetAnswer {
  @ApiProperty({ description: 'Seconds for which a link works, if one is sent.', example: RESET_SECONDS })
  expiresIn!: number;
}
