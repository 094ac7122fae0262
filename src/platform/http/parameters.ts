import { createParamDecorator, type ExecutionContext, Param, type PipeTransform } from '@nestjs/common';
import type { Request } from 'express';
import { isUuid } from '../../tenancy/index.js';
import { validationFailed, versionConflict } from '../errors/general.errors.js';

const uuidPipe = (name: string): PipeTransform<string, string> => ({
  transform: (value) => {
    const id = value.toLowerCase();
    if (!isUuid(id)) throw validationFailed([{ path: name, code: 'isUuid', message: 'must be a UUID' }]);
    return id;
  },
});

/** A UUID in the path. */
export const IdParam = (name = 'id') => Param(name, uuidPipe(name));

/** One of a few words in the path. */
export const ChoiceParam = (name: string, choices: readonly string[]) =>
  Param(name, {
    transform: (value: string) => {
      if (choices.includes(value)) return value;
      throw validationFailed([{ path: name, code: 'isIn', message: `must be one of ${choices.join(', ')}` }]);
    },
  });

/**
 * The version that the caller expects, from If-Match: `"3"`; undefined without the header or for `*`.
 * A weak or unknown tag matches nothing (RFC 9110 §13.1.1), so it is answered as a conflict.
 */
export const IfMatch = createParamDecorator((_data: unknown, execution: ExecutionContext): number | undefined => {
  const header = execution.switchToHttp().getRequest<Request>().headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const [, version] = /^"(\d{1,9})"$/.exec(header) ?? [];
  if (version === undefined) throw versionConflict();
  return Number(version);
});
