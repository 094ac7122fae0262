import { Injectable } from '@nestjs/common';
import { ResultSource, type SearchableResult } from '../../platform/tools/result-source.js';
import { ResearchRepository } from './research.repository.js';

/** Research reports, for the search in results. */
@Injectable()
export class ResearchResultSource extends ResultSource {
  override readonly kind = 'research-reports';

  constructor(private readonly reports: ResearchRepository) {
    super();
  }

  override async listNewest(limit: number): Promise<SearchableResult[]> {
    const rows = await this.reports.listCompleted(limit);
    return rows.map(({ id, title, body, createdAt }) => ({
      ...{ kind: this.kind, id, createdAt },
      title: title ?? '',
      text: body ?? '',
    }));
  }
}
