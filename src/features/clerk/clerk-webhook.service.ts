import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Configuration } from '../../platform/config/configuration.js';
import { readClerkEvent } from './clerk-event.js';
import { signatureInvalid, webhookMalformed } from './clerk.errors.js';
import { WebhookEventRepository } from './webhook-event.repository.js';
import { readDeliveryHeaders, WebhookSignature } from './webhook-signature.js';

/** Takes deliveries of Clerk in: verified, kept, and nothing more. A worker does what they ask for. */
@Injectable()
export class ClerkWebhookService {
  private readonly signature: WebhookSignature;

  constructor(
    configuration: Configuration,
    private readonly events: WebhookEventRepository,
  ) {
    this.signature = new WebhookSignature(configuration.get('CLERK_WEBHOOK_SECRET'));
  }

  /**
   * Keeps an event; one that was delivered before is counted, and answered as the first time.
   * @throws WEBHOOK_SIGNATURE_INVALID, WEBHOOK_MALFORMED
   */
  async receive(headers: IncomingHttpHeaders, body: Buffer): Promise<void> {
    const delivery = readDeliveryHeaders(headers);
    if (!delivery || !this.signature.isValid(delivery, body)) throw signatureInvalid();
    const event = readClerkEvent(body, delivery.sentAt);
    if (!event) throw webhookMalformed();
    const digest = createHash('sha256').update(body).digest('base64url');
    await this.events.add({ ...event, id: uuidv7(), externalId: delivery.id, digest });
  }
}
