import { Injectable } from '@nestjs/common';
import { declareJob, Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor } from '../../platform/queue/job-processor.js';
import { CredentialRefreshService, type RefreshReport } from './credential-refresh.service.js';

/** Done daily, so that the tokens of credentials that nobody uses do not die, and those that did are known early. */
export const REFRESH_CREDENTIALS = declareJob<object, RefreshReport>({
  name: 'refresh-credentials',
  access: 'system',
  dailyAtHour: 3,
  timeoutSeconds: 3_600,
});

@Performs(REFRESH_CREDENTIALS)
@Injectable()
export class CredentialRefreshProcessor extends JobProcessor<object, RefreshReport> {
  constructor(private readonly refresh: CredentialRefreshService) {
    super();
  }

  async perform(): Promise<RefreshReport> {
    return await this.refresh.refreshDue();
  }
}
