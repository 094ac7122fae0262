import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Membership } from '../../generated/prisma/client.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { OrganizationContextService, OrganizationNotFoundError, type Role, ROLES } from '../../tenancy/index.js';
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

  /** Returns the active membership of a user, or null. */
  async findActive(userId: string): Promise<Membership | null> {
    const membership = await this.repository.findByUser(userId);
    return membership?.isActive ? membership : null;
  }

  /** @throws ALREADY_MEMBER if somebody with this address belongs to the organization now */
  async requireStranger(email: string): Promise<void> {
    if ((await this.repository.findByPerson({ email }))?.isActive) throw alreadyMember();
  }

  /** @throws MEMBER_NOT_FOUND, ROLE_ABOVE_OWN, LAST_OWNER, VERSION_CONFLICT */
  async update(id: string, input: UpdateMember, version: number | undefined): Promise<MembershipWithUser> {
    this.requireRank(input.role);
    await this.change(id, version, { role: input.role }, 'member.role-changed');
    return await this.get(id);
  }

  /** @throws MEMBER_NOT_FOUND, ROLE_ABOVE_OWN, LAST_OWNER, VERSION_CONFLICT */
  async deactivate(id: string, version: number | undefined): Promise<void> {
    await this.change(id, version, this.deactivation(), 'member.removed');
  }

  /** Ends the membership of the person who asks. @throws MEMBER_NOT_FOUND, LAST_OWNER, VERSION_CONFLICT */
  async leave(version: number | undefined): Promise<void> {
    const { actor } = this.contexts.requireOrganization();
    const own = actor.type === 'user' ? await this.findActive(actor.id) : null;
    if (!own) throw resourceNotFound('member');
    await this.change(own.id, version, this.deactivation(), 'member.left');
  }

  /** Makes an active member OWNER; part of the caller's transaction. @throws MEMBER_NOT_FOUND */
  async makeOwner(userId: string): Promise<Membership> {
    const membership = await this.findActive(userId);
    if (!membership) throw resourceNotFound('member');
    if (membership.role === 'OWNER') return membership;
    const { id } = membership;
    await this.repository.update(id, undefined, { role: 'OWNER' });
    await this.audit.record({ action: 'member.role-changed', entity: 'Membership', entityId: id, fields: ['role'] });
    return membership;
  }

  /**
   * Makes changes of members and of ownership wait until the caller's transaction ends.
   * @returns the user that the organization names as its owner
   * @throws ORGANIZATION_NOT_FOUND if the organization was deactivated meanwhile
   */
  async lock(): Promise<string> {
    const ownerId = await this.tryLock();
    if (ownerId === null) throw new OrganizationNotFoundError();
    return ownerId;
  }

  /** The same, with null for an organization that is not active. */
  async tryLock(): Promise<string | null> {
    return await this.repository.lockMembers();
  }

  /** System actors (commands, seeds) have no role in the organization and may give any. @throws ROLE_ABOVE_OWN */
  requireRank(role: Role): void {
    const { actor, role: own } = this.contexts.requireOrganization();
    if (actor.type === 'system') return;
    if (own === null || ROLES.indexOf(own) < ROLES.indexOf(role)) throw roleAboveOwn();
  }

  private deactivation(): { isActive: false; deletedAt: Date; deletedBy: string | null } {
    const { actor } = this.contexts.requireOrganization();
    return { isActive: false, deletedAt: new Date(), deletedBy: actor.id };
  }

  private async change(
    id: string,
    version: number | undefined,
    data: { role?: Role; isActive?: boolean; deletedAt?: Date; deletedBy?: string | null },
    action: string,
  ): Promise<void> {
    await this.transactions.run(async () => {
      const ownerId = await this.lock();
      const membership = await this.get(id);
      if (!membership.isActive) throw resourceNotFound('member');
      this.requireRank(membership.role as Role);
      if (!(await this.repository.update(id, version, data).catch(asLastOwner))) throw versionConflict();
      await this.audit.record({ action, entity: 'Membership', entityId: id, fields: Object.keys(data) });
      if (membership.userId === ownerId) await this.recordHeir(ownerId);
    });
  }

  /** When the owner that the organization names goes, the database names the next one. */
  private async recordHeir(formerId: string): Promise<void> {
    const ownerId = await this.repository.findOwnerId();
    if (ownerId === null || ownerId === formerId) return;
    const heir = await this.repository.findByUser(ownerId);
    await this.audit.record({ action: 'ownership.received', entity: 'Membership', entityId: heir?.id ?? null });
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

/** The rule is the database's: no way to take an owner away can forget it. */
function asLastOwner(error: unknown): never {
  throw toDatabaseFault(error)?.kind === 'refused' ? lastOwner() : error;
}
