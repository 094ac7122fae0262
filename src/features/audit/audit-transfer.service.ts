import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { AuditKeys } from './audit-keys.js';
import type { ChainHead } from './audit.types.js';

/** Hands audit logs over from another product to this one. */
@Injectable()
export class AuditTransferService {
  private readonly product: string;

  constructor(
    private readonly keys: AuditKeys,
    configuration: Configuration,
  ) {
    this.product = configuration.product;
  }

  /**
   * Returns the seal of this product on the end of a chain, or null if it is not the other product's own end: then the
   * chain was changed, or the root key of the other is not among ours.
   */
  reseal(from: string, organizationId: string, head: ChainHead): string | null {
    if (!this.keys.isSealed(from, organizationId, head)) return null;
    const { seal: _seal, ...unsealed } = head;
    return this.keys.seal(this.product, organizationId, unsealed);
  }
}
