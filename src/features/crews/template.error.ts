/** A template that nothing can be put into. Its message may be shown. */
export class TemplateError extends Error {
  constructor(
    readonly reference: string,
    message: string,
  ) {
    super(message);
    this.name = 'TemplateError';
  }
}
