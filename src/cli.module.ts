import { Global, Module } from '@nestjs/common';
import { AccessExplainCommand } from './features/access/access-explain.command.js';
import { AccessModule } from './features/access/access.module.js';
import { AuditExportCommand, AuditListCommand, AuditVerifyCommand } from './features/audit/audit.commands.js';
import { AuditPruneCommand } from './features/audit/audit-prune.command.js';
import { ClientDataCommand, ClientShowCommand } from './features/client-data/client.commands.js';
import { ClientDataModule } from './features/client-data/client-data.module.js';
import { CredentialModule } from './features/credentials/credential.module.js';
import { CredentialRotateCommand } from './features/credentials/credential-rotate.command.js';
import { DemoDataModule } from './features/demo-data/demo-data.module.js';
import { DemoSeedCommand } from './features/demo-data/demo-seed.command.js';
import { FaqEmbedCommand } from './features/faqs/faq-embed.command.js';
import { FaqModule } from './features/faqs/faq.module.js';
import { JobModule } from './features/jobs/job.module.js';
import { QueueReplayCommand, QueueStatusCommand } from './features/jobs/queue.commands.js';
import { MemberAddCommand } from './features/memberships/member-add.command.js';
import { MembershipModule } from './features/memberships/membership.module.js';
import { OrganizationFeaturesCommand } from './features/organizations/organization-features.command.js';
import { OrganizationCreateCommand, OrganizationListCommand } from './features/organizations/organization.commands.js';
import { OrganizationPurgeCommand } from './features/organizations/organization-purge.command.js';
import { OrganizationModule } from './features/organizations/organization.module.js';
import { CredentialsRefreshCommand } from './features/providers/credentials-refresh.command.js';
import { ProviderModule } from './features/providers/provider.module.js';
import { ProductReassignCommand } from './features/reassignment/product-reassign.command.js';
import { ReassignmentModule } from './features/reassignment/reassignment.module.js';
import { DataPruneCommand } from './features/retention/data-prune.command.js';
import { RetentionModule } from './features/retention/retention.module.js';
import { UserCreateCommand } from './features/users/user-create.command.js';
import { UserModule } from './features/users/user.module.js';
import { CommandDoor } from './platform/cli/command-door.js';
import { Terminal } from './platform/cli/terminal.js';
import {
  MigrateCommand,
  MigrationAdoptCommand,
  MigrationDiffCommand,
  MigrationStatusCommand,
} from './platform/database/migration.commands.js';
import { CommandContext } from './tenancy/index.js';

/** The modules whose services commands use. */
const FEATURES = [
  AccessModule,
  ClientDataModule,
  CredentialModule,
  DemoDataModule,
  FaqModule,
  JobModule,
  MembershipModule,
  OrganizationModule,
  ProviderModule,
  ReassignmentModule,
  RetentionModule,
  UserModule,
];
/** The only list of commands. */
const COMMANDS = [
  OrganizationCreateCommand,
  OrganizationListCommand,
  OrganizationFeaturesCommand,
  OrganizationPurgeCommand,
  UserCreateCommand,
  MemberAddCommand,
  AccessExplainCommand,
  ClientShowCommand,
  ClientDataCommand,
  AuditListCommand,
  AuditVerifyCommand,
  AuditExportCommand,
  AuditPruneCommand,
  CredentialRotateCommand,
  CredentialsRefreshCommand,
  ProductReassignCommand,
  DemoSeedCommand,
  FaqEmbedCommand,
  QueueStatusCommand,
  QueueReplayCommand,
  DataPruneCommand,
  MigrateCommand,
  MigrationStatusCommand,
  MigrationDiffCommand,
  MigrationAdoptCommand,
];

/** The command door. Apart from AppModule, because nothing but cli.ts needs the command library. */
@Global()
@Module({ imports: FEATURES, providers: [CommandContext, CommandDoor, Terminal, ...COMMANDS], exports: [CommandDoor] })
export class CliModule {}
