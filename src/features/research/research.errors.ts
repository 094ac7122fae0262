import { AppError } from '../../platform/errors/app-error.js';

/** There is nothing to read. */
export function researchWithoutSources(): AppError {
  const message = 'The client has neither a site nor competitors. Add them to the client, or name pages in sources.';
  return new AppError('RESEARCH_WITHOUT_SOURCES', 'unprocessable', message);
}

/** Pages were tried, and none was read. Why not stands at each of the report's sources once there is one that was. */
export function researchUnreadable(reasons: readonly string[]): AppError {
  const message = `None of the ${reasons.length} sources could be read: ${[...new Set(reasons)].join(', ')}.`;
  return new AppError('RESEARCH_UNREADABLE', 'unprocessable', message.slice(0, 500));
}
