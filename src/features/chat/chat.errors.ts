import { AppError } from '../../platform/errors/app-error.js';

/** Missing, somebody else's, another organization's or another product's: all the same to the caller. */
export function conversationNotFound(): AppError {
  return new AppError('CONVERSATION_NOT_FOUND', 'not-found', 'There is no such conversation.');
}

/** One answer at a time, so that messages have an order. */
export function conversationBusy(): AppError {
  return new AppError(
    'CONVERSATION_BUSY',
    'conflict',
    'The message before is still being answered. Wait for its end.',
    {
      retryAfterSeconds: 2,
    },
  );
}

export function conversationFull(most: number): AppError {
  return new AppError(
    'CONVERSATION_FULL',
    'unprocessable',
    `A conversation has at most ${most} messages. Begin another one.`,
  );
}

/** It took longer than its lease, and another message may be under way. */
export function answerLate(): AppError {
  return new AppError('CHAT_ANSWER_LATE', 'unavailable', 'The answer took too long and was not kept. Send it again.', {
    retryAfterSeconds: 2,
  });
}
