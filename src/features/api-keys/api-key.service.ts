import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ApiKey } from '../../generated/prisma/client.js';
import { Configuration } from '../../platform/config/configuration.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { versionConflict } from '../../platform/errors/general.errors.js';
import { type ListQuery, type Page, toKeyset, toPage } from '../../platform/http/pagination.js';
import { KeyScopeRegistry, OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { type CreateApiKey, DEFAULT_GRACE_SECONDS, DEFAULT_LIFETIME_DAYS, type RotateApiKey } from './api-key.dto.js';
import { keyLimitReached, keyScopesUnknown } from './api-key.errors.js';
import { issueKey } from './api-key.format.js';
import { ApiKeyRepository } from './api-key.repository.js';

const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;

/** A key together with its secret, which is not kept. */
export type IssuedApiKey = ApiKey & { readonly key: string };

/** The API keys of the current organization. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly repository: ApiKeyRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly scopes: KeyScopeRegistry,
    private readonly audit: AuditService,
    private readonly configuration: Configuration,
  ) {}

  /** Lists the keys, revoked ones only if asked. Expired ones are listed: they can be rotated. */
  async list(query: ListQuery): Promise<Page<ApiKey>> {
    const filter = query.includeInactive ? {} : { revokedAt: null };
    return toPage(await this.repository.list(filter, toKeyset(query)), query, (row) => row);
  }

  /** Returns a key that is not revoked. @throws API_KEY_NOT_FOUND */
  async get(id: string): Promise<ApiKey> {
    return await this.repository.get(id);
  }

  /**
   * Makes a key for the acting member. No role above the member's own comes of it: at each use the lower one counts.
   * @throws VALIDATION_FAILED for a key scope that there is not; API_KEY_LIMIT_REACHED
   */
  async create({ name, scopes, role = 'MEMBER', expiresInDays }: CreateApiKey): Promise<IssuedApiKey> {
    this.requireKnown(scopes);
    const { product, actor } = this.contexts.requireOrganization();
    const [id, userId] = [uuidv7(), String(actor.id)];
    const { key, prefix, digest } = issueKey({ product, keyId: id, userId });
    const limit = this.configuration.get('API_KEYS_PER_ORGANIZATION');
    const row = await this.transactions.run(async () => {
      if ((await this.repository.countForAdding(limit)) >= limit) throw keyLimitReached(limit);
      const expiresAt = inDays(expiresInDays);
      const made = { id, createdById: userId, name, role, scopes, prefix, secretHash: digest, expiresAt };
      const added = await this.repository.add(made);
      await this.record('api-key.created', id, [`role:${role}`, ...scopes]);
      return added;
    });
    return { ...row, key };
  }

  /**
   * Gives a key a new secret. The one of before works until the grace ends; the one before that ends now.
   * @throws API_KEY_NOT_FOUND, VERSION_CONFLICT also when two rotate at once
   */
  async rotate(id: string, input: RotateApiKey, version: number | undefined): Promise<IssuedApiKey> {
    const { graceSeconds = DEFAULT_GRACE_SECONDS, expiresInDays } = input;
    const current = await this.repository.get(id);
    const { product, createdById: userId } = current;
    const { key, prefix, digest } = issueKey({ product, keyId: id, userId });
    const graceEnd = Math.min(current.expiresAt.getTime(), Date.now() + graceSeconds * SECOND);
    const change = {
      prefix,
      secretHash: digest,
      previousSecretHash: graceSeconds === 0 ? null : current.secretHash,
      previousExpiresAt: graceSeconds === 0 ? null : new Date(graceEnd),
      expiresAt: inDays(expiresInDays),
      rotatedAt: new Date(),
    };
    const row = await this.change(id, version ?? current.version, change, 'api-key.rotated');
    return { ...row, key };
  }

  /** Ends a key: from the next request on it is refused, in every process. @throws API_KEY_NOT_FOUND, VERSION_CONFLICT */
  async revoke(id: string, version: number | undefined): Promise<void> {
    await this.repository.get(id);
    const { actor } = this.contexts.requireOrganization();
    await this.change(id, version, { revokedAt: new Date(), revokedBy: actor.id }, 'api-key.revoked');
  }

  private requireKnown(scopes: readonly string[]): void {
    const known = this.scopes.list();
    const unknown = scopes.flatMap((scope, index) => (known.includes(scope) ? [] : [index]));
    if (unknown.length > 0) throw keyScopesUnknown(unknown);
  }

  private async change(
    id: string,
    version: number | undefined,
    data: Parameters<ApiKeyRepository['update']>[2],
    action: string,
  ): Promise<ApiKey> {
    return await this.transactions.run(async () => {
      const row = await this.repository.update(id, version, data);
      if (!row) throw versionConflict();
      await this.record(action, id, Object.keys(data));
      return row;
    });
  }

  private async record(action: string, entityId: string, fields: string[]): Promise<void> {
    await this.audit.record({ action, entity: 'ApiKey', entityId, fields });
  }
}

function inDays(days = DEFAULT_LIFETIME_DAYS): Date {
  return new Date(Date.now() + days * DAY);
}
