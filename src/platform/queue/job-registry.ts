import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { type JobDeclaration, PERFORMS } from './job-declaration.js';
import { JobProcessor } from './job-processor.js';

/** A kind of job with what works on it. */
export interface DeclaredJob {
  readonly declaration: JobDeclaration;
  readonly processor: JobProcessor<object, object | void>;
}

/** Knows every processor of the application. Each process knows all of them; only workers use them. */
@Injectable()
export class JobRegistry implements OnModuleInit {
  private readonly jobs = new Map<string, DeclaredJob>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      const declaration = metatype && this.reflector.get<JobDeclaration | undefined>(PERFORMS, metatype);
      if (!declaration) continue;
      const processor: unknown = instance;
      if (!isProcessor(processor)) throw new Error(`${metatype.name} must extend JobProcessor.`);
      const known = this.jobs.get(declaration.name);
      if (known && known.processor !== processor) throw new Error(`Two processors perform ${declaration.name}.`);
      this.jobs.set(declaration.name, { declaration, processor });
    }
  }

  find(name: string): DeclaredJob | undefined {
    return this.jobs.get(name);
  }

  /** @throws Error if no processor performs the job: it would be refused by the worker. */
  require(name: string): DeclaredJob {
    const job = this.jobs.get(name);
    if (!job) throw new Error(`No processor performs ${name}: put @Performs on one, in a module of the application.`);
    return job;
  }

  list(): readonly DeclaredJob[] {
    return [...this.jobs.values()];
  }
}

function isProcessor(value: unknown): value is DeclaredJob['processor'] {
  return value instanceof JobProcessor;
}
