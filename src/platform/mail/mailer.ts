/** A message to one person. Plain text: nothing in it is markup, so nothing in it can be. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Port: sends mail. */
export abstract class Mailer {
  /** False where mail only goes to the log: whoever wrote the link must then be given it. */
  abstract readonly isConfigured: boolean;

  /** @throws DEPENDENCY_UNAVAILABLE if the mail could not be handed over. */
  abstract send(mail: Mail): Promise<void>;
}
