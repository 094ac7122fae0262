import { SetMetadata } from '@nestjs/common';
import type { JobAccess } from '../../tenancy/index.js';

/** What must be said of a kind of job. Made by {@link declareJob}; `Data` and `Result` are its types only. */
export interface JobDeclaration<Data extends object = object, Result extends object | void = object | void> {
  /** kebab-case: `refresh-credential`. */
  readonly name: string;
  /** Least role that the actor needs when the job runs; `system`: the product itself does it, as its own account. */
  readonly access: JobAccess;
  /** How often it is tried before it is set aside. */
  readonly attempts: number;
  /** Pause before the second try; doubles, at most 5 minutes. */
  readonly backoffSeconds: number;
  /** After that its signal is aborted and the try counts as failed. */
  readonly timeoutSeconds: number;
  /** Namespace of the sockets that see its progress. */
  readonly topic: string;
  /** Queue one for each active organization every day at this hour (UTC). System jobs only. */
  readonly dailyAtHour: number | null;
  /** Never set: carries the types. */
  readonly types?: { readonly data: Data; readonly result: Result };
}

type Choices = 'attempts' | 'backoffSeconds' | 'timeoutSeconds' | 'topic' | 'dailyAtHour';

const DEFAULTS: Pick<JobDeclaration, Choices> = {
  attempts: 3,
  backoffSeconds: 1,
  timeoutSeconds: 300,
  topic: 'organization',
  dailyAtHour: null,
};

/** Declares a kind of job. Whoever queues it and its processor both name the declaration, so they agree on the types. */
export function declareJob<Data extends object, Result extends object | void = void>(
  facts: Pick<JobDeclaration, 'name' | 'access'> & Partial<Pick<JobDeclaration, Choices>>,
): JobDeclaration<Data, Result> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(facts.name) || facts.name.length > 60) {
    throw new Error(`"${facts.name}" is not the name of a job: kebab-case, at most 60 characters.`);
  }
  if (facts.dailyAtHour !== undefined && facts.access !== 'system') {
    throw new Error(`The job ${facts.name} is done daily, so nobody asks for it: declare it with access: 'system'.`);
  }
  return Object.freeze({ ...DEFAULTS, ...facts });
}

export const PERFORMS = Symbol('performs a job');

/** Marks the processor of a kind of job; put it on a provider that extends JobProcessor. */
export const Performs = (declaration: JobDeclaration): ClassDecorator => SetMetadata(PERFORMS, declaration);
