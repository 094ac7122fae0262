import { Module } from '@nestjs/common';
import { WebModule } from '../../platform/web/web.module.js';
import { ClientDataModule } from '../client-data/client-data.module.js';
import { ClientSiteService } from './client-site.service.js';
import { SiteCrawlService } from './site-crawl.service.js';

@Module({
  imports: [ClientDataModule, WebModule],
  providers: [ClientSiteService, SiteCrawlService],
  exports: [ClientSiteService, SiteCrawlService],
})
export class SitePageModule {}
