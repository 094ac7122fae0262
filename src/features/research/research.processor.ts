import { Injectable } from '@nestjs/common';
import { Performs } from '../../platform/queue/job-declaration.js';
import { JobProcessor, type JobRun } from '../../platform/queue/job-processor.js';
import { UpdatePublisher } from '../../platform/sockets/update-publisher.js';
import { ClientDataService } from '../client-data/client-data.service.js';
import { findPassages } from './passages.js';
import { ReportWriter } from './report-writer.js';
import { RESEARCH_REPORT } from './research.job.js';
import { ResearchRepository } from './research.repository.js';
import type { ReportResult, Subject } from './research.types.js';
import { SourceReader } from './source-reader.js';

const READ_PERCENT = 75;
/** How often those who watch get more of what the model writes. */
const TEXT_INTERVAL_MS = 400;

/** Reads, ranks and writes. Nothing is kept of a try that did not come to its end: a retry reads anew. */
@Performs(RESEARCH_REPORT)
@Injectable()
export class ResearchProcessor extends JobProcessor<{ clientId: string }, ReportResult> {
  constructor(
    private readonly repository: ResearchRepository,
    private readonly clients: ClientDataService,
    private readonly reader: SourceReader,
    private readonly writer: ReportWriter,
    private readonly updates: UpdatePublisher,
  ) {
    super();
  }

  async perform({ clientId }: { clientId: string }, run: JobRun<ReportResult>): Promise<ReportResult> {
    const { signal } = run;
    const { question, askedSources } = await this.repository.get(run.jobId);
    const { client, targetedKeywords } = await this.clients.getClientData(clientId, { fields: ['targetedKeywords'] });
    const subject: Subject = { clientName: client.name, question, keywords: targetedKeywords };
    const sites = [client.websiteUrl, ...client.competitors].filter((url) => url !== null);
    const onProgress = (share: number) => run.progress(share * READ_PERCENT);
    const read = await this.reader.read({ subject, pages: askedSources, sites, signal, onProgress });
    const findings = findPassages(read.texts, subject);
    const report = await this.writer.write({ ...read, subject, findings }, signal, this.showText(run));
    const { sources } = read;
    return await run.complete(async () => {
      await this.repository.complete(run.jobId, { ...report, sources, findings });
      const { title, method } = report;
      const readCount = sources.filter(({ failure }) => failure === null).length;
      return { reportId: run.jobId, title, method, sources: readCount, findings: findings.length };
    });
  }

  /** Sends what is new of a text that grows, with the place where it begins. */
  private showText({ jobId }: JobRun<ReportResult>): (text: string) => Promise<void> {
    let shown = 0;
    let shownAt = 0;
    return async (text) => {
      if (performance.now() - shownAt < TEXT_INTERVAL_MS || text.length <= shown) return;
      const result = { offset: shown, text: text.slice(shown) };
      shown = text.length;
      shownAt = performance.now();
      const facts = { type: 'text', status: 'RUNNING', progress: null } as const;
      await this.updates.publish({ topic: RESEARCH_REPORT.topic, resourceId: jobId, ...facts, result });
    };
  }
}
