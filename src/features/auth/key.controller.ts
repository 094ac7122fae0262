import { Controller, Get } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.decorator.js';
import { type PublicJwk, SigningKeys } from './signing-keys.js';

class JwkAnswer implements PublicJwk {
  @ApiProperty()
  kid!: string;
  @ApiProperty({ enum: ['OKP', 'EC'] })
  kty!: string;
  @ApiProperty({ type: String, enum: ['sig'] })
  use!: 'sig';
  @ApiProperty({ enum: ['EdDSA', 'ES256'] })
  alg!: PublicJwk['alg'];
  @ApiProperty({ enum: ['Ed25519', 'P-256'] })
  crv!: string;
  @ApiProperty()
  x!: string;
  @ApiProperty({ required: false, description: 'Of P-256 only.' })
  y?: string;
}

class JwksAnswer {
  @ApiProperty({ type: [JwkAnswer], description: 'The current key first. Empty if tokens are signed with a secret.' })
  keys!: JwkAnswer[];
}

@ApiTags('auth')
@Controller('auth')
export class KeyController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('keys')
  @Endpoint({ summary: 'Lists the public keys of access tokens (RFC 7517)', access: 'public', answer: JwksAnswer })
  list(): JwksAnswer {
    return { keys: [...this.keys.published] };
  }
}
