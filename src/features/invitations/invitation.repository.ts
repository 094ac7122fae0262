import { Inject, Injectable } from '@nestjs/common';
import type { Invitation, Prisma } from '../../generated/prisma/client.js';
import { getOr404 } from '../../platform/database/get-or-404.js';
import { OrganizationDatabase } from '../../platform/database/organization-database.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import type { Keyset } from '../../platform/http/pagination.js';

@Injectable()
export class InvitationRepository {
  constructor(@Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'invitation'>) {}

  async list(filter: Prisma.InvitationWhereInput, page: Keyset): Promise<Invitation[]> {
    return await this.database.invitation.findMany({ ...page, where: { AND: [filter, page.where] } });
  }

  /** @throws INVITATION_NOT_FOUND */
  async get(id: string): Promise<Invitation> {
    return await getOr404<Prisma.InvitationWhereInput, Invitation>(this.database.invitation, { id }, 'invitation');
  }

  async findByHash(tokenHash: string): Promise<Invitation | null> {
    return await this.database.invitation.findFirst({ where: { tokenHash } });
  }

  /** Returns the new row, or null if the address is invited already; the transaction is over then. */
  async add(invitation: Prisma.InvitationUncheckedCreateInput): Promise<Invitation | null> {
    try {
      return await this.database.invitation.create({ data: invitation });
    } catch (error) {
      if (toDatabaseFault(error)?.kind === 'conflict') return null;
      throw error;
    }
  }

  /** Returns the changed row, or null if it is not pending any more or has another version. */
  async update(
    id: string,
    version: number | undefined,
    data: Prisma.InvitationUncheckedUpdateManyInput,
  ): Promise<Invitation | null> {
    const [row] = await this.database.invitation.updateManyAndReturn({
      where: { id, state: 'PENDING', ...(version !== undefined && { version }) },
      data: { ...data, version: { increment: 1 } },
    });
    return row ?? null;
  }

  /** Uses an invitation up. Of several that try at once, one gets true. */
  async claim(tokenHash: string): Promise<boolean> {
    const { count } = await this.database.invitation.updateMany({
      where: { tokenHash, state: 'PENDING', expiresAt: { gt: new Date() } },
      data: { state: 'ACCEPTED', version: { increment: 1 } },
    });
    return count === 1;
  }

  async setAcceptedBy(tokenHash: string, userId: string): Promise<void> {
    await this.database.invitation.updateMany({ where: { tokenHash }, data: { acceptedById: userId } });
  }

  /** Makes room for a new invitation of an address whose last one expired. */
  async closeExpired(email: string): Promise<void> {
    await this.database.invitation.updateMany({
      where: { email, state: 'PENDING', expiresAt: { lte: new Date() } },
      data: { state: 'EXPIRED', version: { increment: 1 } },
    });
  }
}
