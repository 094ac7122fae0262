/** The command was called in a way it cannot work with; exit code 2, nothing touched. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
