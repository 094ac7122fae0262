import { Module } from '@nestjs/common';
import { BusinessModule } from '../businesses/business.module.js';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { FaqModule } from '../faqs/faq.module.js';
import { IntegrationModule } from '../integrations/integration.module.js';
import { MembershipModule } from '../memberships/membership.module.js';
import { OrganizationModule } from '../organizations/organization.module.js';
import { UserModule } from '../users/user.module.js';
import { DemoContentService } from './demo-content.service.js';
import { DemoFaqService } from './demo-faq.service.js';
import { DemoPeopleService } from './demo-people.service.js';

@Module({
  imports: [
    BusinessModule,
    ClientDataModule,
    FaqModule,
    IntegrationModule,
    MembershipModule,
    OrganizationModule,
    UserModule,
  ],
  providers: [DemoContentService, DemoFaqService, DemoPeopleService],
  exports: [DemoContentService, DemoFaqService, DemoPeopleService],
})
export class DemoDataModule {}
