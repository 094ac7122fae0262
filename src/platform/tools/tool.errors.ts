import { AppError } from '../errors/app-error.js';

/** No module provides it. */
export function toolNotFound(): AppError {
  return new AppError('TOOL_NOT_FOUND', 'not-found', 'There is no such tool. GET /tools lists those there are.');
}

/** It exists, and whoever asks was given others. */
export function toolNotAllowed(): AppError {
  return new AppError('TOOL_NOT_ALLOWED', 'forbidden', 'This tool is not among those that may be used here.');
}

/** It may still be at work, and nobody waits for it. */
export function toolTimedOut(seconds: number): AppError {
  const message = `The tool took longer than ${seconds} s, so it was given up. Try again, or ask it for less.`;
  return new AppError('TOOL_TIMED_OUT', 'unavailable', message, { retryAfterSeconds: 5 });
}

/** Its output could be neither kept nor read by anybody. */
export function toolOutputTooLarge(bytes: number, limit: number): AppError {
  const message = `The tool found ${bytes} bytes, ${limit} are allowed. Ask it for less.`;
  return new AppError('TOOL_OUTPUT_TOO_LARGE', 'unprocessable', message);
}
