import { AppError } from '../../platform/errors/app-error.js';

/** There is nothing to read. */
export function clientWithoutWebsite(): AppError {
  const message = 'The client has no website: set its websiteUrl first.';
  return new AppError('CLIENT_WITHOUT_WEBSITE', 'unprocessable', message);
}

/** Nothing can be said of a site whose start page is not there. */
export function siteUnreadable(reason: string): AppError {
  const message = `The start page of the site could not be read (${reason}). Check the client’s websiteUrl, and that the site lets BulkheadBot in.`;
  // It may be there a moment later.
  const isPassing = /TIMEOUT|UNREACHABLE|HTTP_(?:429|5\d\d)/.test(reason);
  return new AppError('SITE_UNREADABLE', isPassing ? 'unavailable' : 'unprocessable', message);
}

/** Only pages of the client's own site are read. */
export function pageOfAnotherSite(): AppError {
  const message = 'The page is not on the client’s website: give a URL of the same host.';
  return new AppError('PAGE_OF_ANOTHER_SITE', 'unprocessable', message);
}
