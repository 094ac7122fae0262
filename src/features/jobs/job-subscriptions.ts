import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JobRegistry } from '../../platform/queue/job-registry.js';
import { ResourceRegistry } from '../../platform/sockets/resource.registry.js';
import { JobRunRepository } from './job-run.repository.js';

/** Lets dashboards subscribe to jobs: each in the namespace that its declaration names, by the job's id. */
@Injectable()
export class JobSubscriptions implements OnApplicationBootstrap {
  constructor(
    private readonly resources: ResourceRegistry,
    private readonly jobs: JobRegistry,
    private readonly repository: JobRunRepository,
  ) {}

  onApplicationBootstrap(): void {
    const namesByTopic = Map.groupBy(
      this.jobs.list().map(({ declaration }) => declaration),
      ({ topic }) => topic,
    );
    for (const [topic, declarations] of namesByTopic) {
      const names = declarations.map(({ name }) => name);
      this.resources.register(topic, (id) => this.repository.isAmong(id, names));
    }
  }
}
