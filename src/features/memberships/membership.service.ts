import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService, type Role, ROLES } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { UserService } from '../users/user.service.js';
import type { CreateMember, MemberListQuery, UpdateMember } from './membership.dto.js';
import { alreadyMember, lastOwner, roleAboveOwn } from './membership.errors.js';
import { MembershipRepository, type MembershipWithUser } from './membership.repository.js';
import type { MembershipOfPerson, MemberOf } from './membership.types.js';

/** Who belongs to the current organization. */
@Injectable()
export class MembershipService {
  constructor(
    private readonly repository: MembershipRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly users: UserService,
    private readonly audit: AuditService,
  ) {}

  async list(query: MemberListQuery): Promise<Page<MembershipWithUser>> {
    const filter = { ...(!query.includeInactive && { isActive: true }), ...(query.role && { role: query.role }) };
    return toPage(await this.repository.list(filter, toKeyset(query as ListQuery)), query, (row) => row);
  }

  /**
   * Adds a person by e-mail address; an account is made for an unknown one.
   * @throws ALREADY_MEMBER, ROLE_ABOVE_OWN
   */
  async create(input: CreateMember): Promise<MembershipWithUser> {
    this.requireRank(input.role);
    const { email, role, firstName, lastName } = input;
    const user = await this.users.getOrCreate({ email, firstName: firstName ?? '', lastName: lastName ?? '' });
    const context = this.contexts.requireOrganization();
    const id = await this.transactions.run(() =>
      this.add({ userId: user.id, email: user.email, role, invitedById: context.actor.id }),
    );
    await this.users.setHomeOrganization(user.id, context.organizationId);
    return await this.get(id);
  }

  /**
   * Writes a membership in the current organization; part of the caller's transaction.
   * @returns its id
   * @throws ALREADY_MEMBER
   */
  async add(member: MemberOf): Promise<string> {
    const id = uuidv7();
    const { userId } = member;
    const former = await this.repository.findByUser(userId);
    if (former?.isActive) throw alreadyMember();
    if (former) {
      await this.repository.update(former.id, undefined, {
        ...member,
        isActive: true,
        deletedAt: null,
        deletedBy: null,
      });
    } else {
      await this.insert({ id, ...member });
    }
    await this.audit.record({
      action: 'member.added',
      entity: 'Membership',
      entityId: former?.id ?? id,
      fields: ['role', member.role],
    });
    return former?.id ?? id;
  }

  /** Returns the membership of a person, also a former one, or null. */
  async findByPerson(person: { userId?: string; email?: string }): Promise<MembershipOfPerson | null> {
    return await this.repository.findByPerson(person);
  }

  /** @throws MEMBER_NOT_FOUND */
  async get(id: string): Promise<MembershipWithUser> {
    const membership = await this.repository.find(id);
    if (!membership) throw resourceNotFound('member');
    return membership;
  }

  /** @throws MEMBER_NOT_FOUND, ROLE_ABOVE_OWN, LAST_OWNER, VERSION_CONFLICT */
  async update(id: string, input: UpdateMember, version: number | undefined): Promise<MembershipWithUser> {
    this.requireRank(input.role);
    await this.change(id, version, { role: input.role }, 'member.role-changed');
    return await this.get(id);
  }

  /** @throws MEMBER_NOT_FOUND, ROLE_ABOVE_OWN, LAST_OWNER, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    const { actor } = this.contexts.requireOrganization();
    await this.change(id, version, { isActive: false, deletedAt: new Date(), deletedBy: actor.id }, 'member.removed');
  }

  private async change(
    id: string,
    version: number | undefined,
    data: { role?: Role; isActive?: boolean; deletedAt?: Date; deletedBy?: string | null },
    action: string,
  ): Promise<void> {
    await this.transactions.run(async () => {
      await this.repository.lockOwnership();
      const membership = await this.get(id);
      if (!membership.isActive) throw resourceNotFound('member');
      this.requireRank(membership.role as Role);
      if (!(await this.repository.update(id, version, data))) throw versionConflict();
      if (membership.role === 'OWNER' && (await this.repository.countOwners()) === 0) throw lastOwner();
      await this.audit.record({ action, entity: 'Membership', entityId: id, fields: Object.keys(data) });
    });
  }

  /** System actors (commands, seeds) have no role in the organization and may give any. */
  private requireRank(role: Role): void {
    const { actor, role: own } = this.contexts.requireOrganization();
    if (actor.type === 'system') return;
    if (own === null || ROLES.indexOf(own) < ROLES.indexOf(role)) throw roleAboveOwn();
  }

  private async insert(membership: MemberOf & { id: string }): Promise<void> {
    try {
      await this.repository.add(membership);
    } catch (error) {
      if (toDatabaseFault(error)?.kind === 'conflict') throw alreadyMember();
      throw error;
    }
  }
}
