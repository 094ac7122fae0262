import { Command } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OperatorCommand } from '../../platform/cli/operator-command.js';
import { FaqEmbeddingService } from './faq-embedding.service.js';

@Command({ name: 'faqs:embed', description: 'Makes the embeddings that published questions lack' })
export class FaqEmbedCommand extends OperatorCommand {
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly embeddings: FaqEmbeddingService,
  ) {
    super(door);
  }

  protected async execute(): Promise<CommandOutcome> {
    const { model } = this.embeddings;
    const { embedded, failed } = await this.embeddings.embedAll();
    return { data: { model, embedded, failed }, text: `${embedded} embedded by ${model}, ${failed} failed.` };
  }
}
