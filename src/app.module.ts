import { type DynamicModule, Inject, Logger, Module, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessModule } from './features/access/access.module.js';
import { ApiKeyModule } from './features/api-keys/api-key.module.js';
import { AuditModule } from './features/audit/audit.module.js';
import { AuthModule } from './features/auth/auth.module.js';
import { BusinessModule } from './features/businesses/business.module.js';
import { ClerkModule } from './features/clerk/clerk.module.js';
import { ChatModule } from './features/chat/chat.module.js';
import { ClientDataModule } from './features/client-data/client-data.module.js';
import { CrewModule } from './features/crews/crew.module.js';
import { FaqModule } from './features/faqs/faq.module.js';
import { IntegrationModule } from './features/integrations/integration.module.js';
import { InvitationModule } from './features/invitations/invitation.module.js';
import { LiveUpdatesModule } from './features/live-updates/live-updates.module.js';
import { JobModule } from './features/jobs/job.module.js';
import { MembershipModule } from './features/memberships/membership.module.js';
import { MetaTagSnapshotModule } from './features/meta-tag-snapshots/meta-tag-snapshot.module.js';
import { OptimizationModule } from './features/optimizations/optimization.module.js';
import { OrganizationModule } from './features/organizations/organization.module.js';
import { ProductModule } from './features/product/product.module.js';
import { PropertyModule } from './features/properties/property.module.js';
import { ProviderModule } from './features/providers/provider.module.js';
import { ResearchModule } from './features/research/research.module.js';
import { RetentionModule } from './features/retention/retention.module.js';
import { SeoAuditModule } from './features/seo-audits/seo-audit.module.js';
import { SupportModule } from './features/support/support.module.js';
import { ToolModule } from './features/tools/tool.module.js';
import { UserModule } from './features/users/user.module.js';
import { CacheModule } from './platform/cache/cache.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import { Configuration } from './platform/config/configuration.js';
import { CryptoModule } from './platform/crypto/crypto.module.js';
import { DatabaseEntryCheck } from './platform/crypto/database-entry.check.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { EventModule } from './platform/events/event.module.js';
import { HealthModule } from './platform/health/health.module.js';
import { IdempotencyInterceptor } from './platform/idempotency/idempotency.interceptor.js';
import { IdempotencyModule } from './platform/idempotency/idempotency.module.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { TimeLimitInterceptor } from './platform/http/time-limit.interceptor.js';
import { AdmissionGuard } from './platform/limits/admission.guard.js';
import { LimitsModule } from './platform/limits/limits.module.js';
import { LlmModule } from './platform/llm/llm.module.js';
import { LoggingModule } from './platform/logging/logging.module.js';
import { MailModule } from './platform/mail/mail.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import { RedisModule } from './platform/redis/redis.module.js';
import { SOCKET_DOOR, SocketsModule } from './platform/sockets/sockets.module.js';
import {
  MembershipResolver,
  OrganizationContextInterceptor,
  OrganizationContextService,
  OrganizationGuard,
  TenancyModule,
  TenancyRecorder,
} from './tenancy/index.js';

const PLATFORM = [
  TenancyModule,
  ConfigModule,
  LoggingModule,
  DatabaseModule,
  RedisModule,
  CacheModule,
  CryptoModule,
  EventModule,
  HealthModule,
  IdempotencyModule,
  LimitsModule,
  LlmModule,
  MailModule,
  MetricsModule,
  SocketsModule,
  QueueModule,
];
/** The only list of features. */
const FEATURES = [
  AuditModule,
  UserModule,
  MembershipModule,
  OrganizationModule,
  AuthModule,
  ApiKeyModule,
  InvitationModule,
  BusinessModule,
  ClientDataModule,
  IntegrationModule,
  ProviderModule,
  SupportModule,
  AccessModule,
  FaqModule,
  ChatModule,
  LiveUpdatesModule,
  JobModule,
  ToolModule,
  ResearchModule,
  CrewModule,
  SeoAuditModule,
  MetaTagSnapshotModule,
  OptimizationModule,
  ClerkModule,
  ProductModule,
  PropertyModule,
  RetentionModule,
];

export type ProcessKind = 'api' | 'worker' | 'cli';
const SERVED_BY = Symbol('process kind');

/** Composes the application, and connects the tenancy core with those who implement its ports. */
@Module({})
export class AppModule implements OnApplicationBootstrap {
  private readonly logger = new Logger('Bulkhead');

  constructor(
    contexts: OrganizationContextService,
    memberships: MembershipResolver,
    recorder: TenancyRecorder,
    private readonly entry: DatabaseEntryCheck,
    private readonly configuration: Configuration,
    @Inject(SERVED_BY) private readonly process: ProcessKind,
  ) {
    contexts.bind({ memberships, recorder, product: configuration.product });
  }

  /** Commands check walls and keys when they open a context, so that `db:migrate` and `--help` work before there are any. */
  async onApplicationBootstrap(): Promise<void> {
    for (const warning of this.configuration.warnings) this.logger.warn(warning);
    if (this.process !== 'cli') await this.entry.verify();
  }

  /** The same application for each process; a worker and a command serve no HTTP and no sockets, so they need no doors. */
  static for(process: ProcessKind, more: Type[] = []): DynamicModule {
    const http = [
      OrganizationGuard,
      { provide: APP_GUARD, useClass: AdmissionGuard },
      { provide: APP_INTERCEPTOR, useClass: OrganizationContextInterceptor },
      { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      // Within it: work that is given up must free its key.
      { provide: APP_INTERCEPTOR, useClass: TimeLimitInterceptor },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ];
    return {
      module: AppModule,
      imports: [...PLATFORM, ...FEATURES, ...more],
      providers: [{ provide: SERVED_BY, useValue: process }, ...(process === 'api' ? [...http, ...SOCKET_DOOR] : [])],
    };
  }
}
