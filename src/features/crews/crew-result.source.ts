import { Injectable } from '@nestjs/common';
import { ResultSource, type SearchableResult } from '../../platform/tools/result-source.js';
import { CrewTaskRepository } from './crew-task.repository.js';

/** What crews found, task by task, for the search in results. */
@Injectable()
export class CrewResultSource extends ResultSource {
  override readonly kind = 'crew-tasks';

  constructor(private readonly tasks: CrewTaskRepository) {
    super();
  }

  override async listNewest(limit: number): Promise<SearchableResult[]> {
    const rows = await this.tasks.listCompleted(limit);
    return rows.map(({ id, name, output, finishedAt, updatedAt }) => ({
      ...{ kind: this.kind, id, title: name, createdAt: finishedAt ?? updatedAt },
      text: JSON.stringify(output ?? {}),
    }));
  }
}
