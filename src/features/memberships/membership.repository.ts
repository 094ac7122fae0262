import { Inject, Injectable } from '@nestjs/common';
import type { Membership, Prisma } from '../../generated/prisma/client.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import type { Keyset } from '../../platform/http/pagination.js';
import type { MembershipOfPerson } from './membership.types.js';

export type MembershipWithUser = Membership & { user: { firstName: string; lastName: string } };

const WITH_USER = { user: { select: { firstName: true, lastName: true } } } as const;

@Injectable()
export class MembershipRepository {
  constructor(
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'membership' | 'organization'>,
  ) {}

  async list(filter: Prisma.MembershipWhereInput, page: Keyset): Promise<MembershipWithUser[]> {
    return await this.database.membership.findMany({
      ...page,
      where: { AND: [filter, page.where] },
      include: WITH_USER,
    });
  }

  async find(id: string): Promise<MembershipWithUser | null> {
    return await this.database.membership.findFirst({ where: { id }, include: WITH_USER });
  }

  async findByUser(userId: string): Promise<Membership | null> {
    return await this.database.membership.findFirst({ where: { userId } });
  }

  /** Returns the membership of a person, also a former one, with the state of the account. */
  async findByPerson(where: { userId?: string; email?: string }): Promise<MembershipOfPerson | null> {
    return await this.database.membership.findFirst({ where, include: { user: { select: { isActive: true } } } });
  }

  async add(membership: Prisma.MembershipUncheckedCreateInput): Promise<void> {
    await this.database.membership.create({ data: membership, select: { id: true } });
  }

  /** Returns whether a row was changed: false if it is missing or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.MembershipUncheckedUpdateManyInput,
  ): Promise<boolean> {
    const where = { id, ...(version !== undefined && { version }) };
    const { count } = await this.database.membership.updateMany({
      where,
      data: { ...data, version: { increment: 1 } },
    });
    return count > 0;
  }

  /**
   * Makes changes of members wait for each other until the transaction ends, so that what is read after it stays true.
   * @returns the user that the organization names as its owner, or null if the organization is not active
   */
  async lockMembers(): Promise<string | null> {
    const [organization] = await this.database.organization.updateManyAndReturn({
      where: { isActive: true },
      data: { updatedAt: new Date() },
      select: { ownerId: true },
    });
    return organization?.ownerId ?? null;
  }

  /** Returns the user that the organization names as its owner. */
  async findOwnerId(): Promise<string | null> {
    return (await this.database.organization.findFirst({ select: { ownerId: true } }))?.ownerId ?? null;
  }
}
