import { ApiProperty } from '@nestjs/swagger';
import { listQuery } from '../../platform/http/pagination.js';
import type { SessionOverview } from './auth.types.js';

export class SessionListQuery extends listQuery(['createdAt']) {}

export class SessionAnswer implements SessionOverview {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The program that logged in, as it called itself.' })
  userAgent!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Where the log-in came from.' })
  ipAddress!: string | null;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty({ description: 'When it was opened or last refreshed.' })
  lastUsedAt!: Date;
  @ApiProperty()
  expiresAt!: Date;
  @ApiProperty({ description: 'False if it has ended or expired.' })
  isActive!: boolean;
  @ApiProperty({ description: 'The log-in that asks.' })
  isCurrent!: boolean;

  static from(session: SessionOverview): SessionAnswer {
    const { id, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, isActive, isCurrent } = session;
    return { id, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, isActive, isCurrent };
  }
}

export class EndedSessionsAnswer {
  @ApiProperty({ description: 'How many log-ins were ended.' })
  ended!: number;
}
