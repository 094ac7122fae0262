import { ApiProperty } from '@nestjs/swagger';
import type { User } from './user.types.js';

export class ClerkUserAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ description: 'The id at Clerk.' })
  clerkUserId!: string;
  @ApiProperty()
  email!: string;
  @ApiProperty()
  firstName!: string;
  @ApiProperty()
  lastName!: string;
  @ApiProperty({ enum: ['USER', 'SUPERUSER'] })
  platformRole!: string;
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty()
  createdAt!: Date;

  static from(clerkUserId: string, user: User): ClerkUserAnswer {
    const { id, email, firstName, lastName, platformRole, isActive, createdAt } = user;
    return { id, clerkUserId, email, firstName, lastName, platformRole, isActive, createdAt };
  }
}
