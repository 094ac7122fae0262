import { Injectable } from '@nestjs/common';
import { RootKeys } from '../../platform/crypto/root-keys.js';
import { createContext, OrganizationContextService } from '../../tenancy/index.js';
import { RootKeyRotationService } from './root-key-rotation.service.js';
import { RotationRepository } from './rotation.repository.js';
import { RotationService } from './rotation.service.js';
import type {
  FormerRootKeys,
  OrganizationOutcome,
  RotatedOrganization,
  RotationOptions,
  RotationProgress,
} from './rotation.types.js';

/** Rotates keys in one organization or in all, each inside its own context. */
@Injectable()
export class RotationRunService {
  constructor(
    private readonly repository: RotationRepository,
    private readonly dataKeys: RotationService,
    private readonly wrappings: RootKeyRotationService,
    private readonly rootKeys: RootKeys,
    private readonly contexts: OrganizationContextService,
  ) {}

  /** Rotates the keys of one active organization. @throws ORGANIZATION_NOT_FOUND, CREDENTIAL_KEYS_DESTROYED */
  async rotateOne(
    organization: string,
    options: RotationOptions,
    onProgress: RotationProgress,
  ): Promise<RotatedOrganization> {
    return await this.contexts.withOrganization(organization, async ({ id, slug }) => ({
      id,
      slug,
      ...(await this.rotate(options, (done) => onProgress(slug, done))),
    }));
  }

  /** Rotates the keys of every organization of the product, the deactivated ones too. Acts for the product's system user. */
  async rotateAll(options: RotationOptions, onProgress: RotationProgress): Promise<RotatedOrganization[]> {
    const what = options.isRootKey ? 'root key' : 'data keys';
    const reason = `list organizations to rotate their ${what} (credentials:rotate)`;
    const organizations = await this.contexts.runUnscoped(reason, () => this.repository.listOrganizations());
    const rotated: RotatedOrganization[] = [];
    for (const { id, slug } of organizations) {
      // The door lets nobody into a deactivated organization, but whoever restores it needs its secrets.
      const context = createContext({ ...this.contexts.require('RotationRunService'), organizationId: id, role: null });
      const outcome = await this.contexts.run(context, () => this.rotate(options, (done) => onProgress(slug, done)));
      rotated.push({ id, slug, ...outcome });
    }
    return rotated;
  }

  /** Forgets the root keys under which there is nothing any more; from then on a start does not ask for them. */
  async forgetRootKeys(): Promise<FormerRootKeys> {
    const { currentId } = this.rootKeys;
    const reason = 'forget root keys that nothing is encrypted under (credentials:rotate)';
    return await this.contexts.runUnscoped(reason, async () => ({
      forgotten: await this.repository.forgetRootKeys(currentId),
      stillNeeded: await this.repository.listFormerRootKeys(currentId),
    }));
  }

  private async rotate(options: RotationOptions, onProgress: (done: number) => void): Promise<OrganizationOutcome> {
    if (options.isRootKey) return await this.wrappings.rotate(options.isDryRun, onProgress);
    return await this.dataKeys.rotate(options, onProgress);
  }
}
