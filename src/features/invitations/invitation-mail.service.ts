import { Injectable } from '@nestjs/common';
import type { Invitation } from '../../generated/prisma/client.js';
import { Configuration } from '../../platform/config/configuration.js';
import { Mailer } from '../../platform/mail/mailer.js';
import { OrganizationService } from '../organizations/organization.service.js';
import type { IssuedInvitation } from './invitation.types.js';

/** Brings an invitation to the person it is for. */
@Injectable()
export class InvitationMailService {
  constructor(
    private readonly mailer: Mailer,
    private readonly organizations: OrganizationService,
    private readonly configuration: Configuration,
  ) {}

  /** Sends the link, and returns the token only where no mail is configured. @throws DEPENDENCY_UNAVAILABLE */
  async deliver(invitation: Invitation, token: string): Promise<IssuedInvitation> {
    const { name } = await this.organizations.getCurrent();
    const text = [
      `You are invited to join ${name} as ${invitation.role}.`,
      `Accept here, until ${invitation.expiresAt.toISOString()}:`,
      this.configuration.link(`accept-invitation#token=${token}`),
      'If you did not expect this, do nothing.',
    ].join('\n\n');
    await this.mailer.send({ to: invitation.email, subject: subjectFor(name), text });
    return { invitation, token: this.mailer.isConfigured ? null : token };
  }
}

/** The name is an organization's own text: no line of it may become a header. */
function subjectFor(name: string): string {
  return `Invitation to ${name.replaceAll(/\s+/g, ' ')}`;
}
