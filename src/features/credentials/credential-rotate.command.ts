import { Command, Option } from 'nest-commander';
import { type CommandOutcome, CommandDoor } from '../../platform/cli/command-door.js';
import { OperatorCommand, type OperatorOptions } from '../../platform/cli/operator-command.js';
import { UsageError } from '../../platform/cli/usage.error.js';
import { RotationRunService } from './rotation-run.service.js';
import type { FormerRootKeys, RotatedOrganization, RotationOptions } from './rotation.types.js';

const PROGRESS_EVERY_MS = 1_000;

interface Options extends OperatorOptions {
  readonly allOrganizations?: boolean;
  readonly rootKey?: boolean;
  readonly dryRun?: boolean;
  readonly before?: Date;
}

@Command({
  name: 'credentials:rotate',
  description: 'Encrypts secrets again under new data keys, or data keys under the current root key, while all goes on',
})
export class CredentialRotateCommand extends OperatorCommand<Options> {
  /** It enters each organization by itself. */
  protected readonly scope = 'product';

  constructor(
    door: CommandDoor,
    private readonly rotations: RotationRunService,
  ) {
    super(door);
  }

  protected async execute(_parameters: string[], options: Options): Promise<CommandOutcome> {
    const { organization, allOrganizations = false, rootKey: isRootKey = false, dryRun: isDryRun = false } = options;
    if ((organization === undefined) === !allOrganizations) {
      throw new UsageError('Name one: --organization <slug or id>, or --all-organizations.');
    }
    const rotation = { isRootKey, isDryRun, before: options.before ?? new Date() };
    const rotated = await this.rotate(organization, rotation);
    const isWhole = isRootKey && !isDryRun && allOrganizations;
    const rootKeys = isWhole ? await this.rotations.forgetRootKeys() : null;
    const isFailure = rotated.some(({ unreadable }) => unreadable.length > 0);
    const data = { ...rotation, organizations: rotated, ...(rootKeys && { rootKeys }) };
    return { data, text: [...toLines(rotated, isDryRun), ...rootKeyLines(rootKeys)].join('\n'), isFailure };
  }

  /** Returns the organizations in which there was something to do. */
  private async rotate(organization: string | undefined, rotation: RotationOptions): Promise<RotatedOrganization[]> {
    const { isRootKey, isDryRun, before } = rotation;
    if (!isRootKey && !isDryRun) tell(`If this is interrupted, go on with: --before ${before.toISOString()}`);
    const rotated =
      organization === undefined
        ? await this.rotations.rotateAll(rotation, progress())
        : [await this.rotations.rotateOne(organization, rotation, progress())];
    return rotated.filter(hasChanged);
  }

  @Option({ flags: '--organization <slug or id>', description: 'The organization' })
  parseOrganization(value: string): string {
    return value;
  }

  @Option({ flags: '--all-organizations', description: 'Every organization of the product, deactivated ones too' })
  parseAllOrganizations(): boolean {
    return true;
  }

  @Option({ flags: '--root-key', description: 'Wrap data keys by the current root key, instead of making new ones' })
  parseRootKey(): boolean {
    return true;
  }

  @Option({ flags: '--before <time>', description: 'Replace only data keys that were made before (default: now)' })
  parseBefore(value: string): Date {
    const time = new Date(value);
    if (Number.isNaN(time.getTime())) throw new UsageError('--before must be a time, such as 2026-01-31T08:00:00Z.');
    return time;
  }

  @Option({ flags: '--dry-run', description: 'Only tell what would be done' })
  parseDryRun(): boolean {
    return true;
  }
}

/** On standard error: standard output is the result's. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function progress() {
  let toldAt = Date.now();
  return (slug: string, done: number) => {
    if (Date.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = Date.now();
    tell(`${slug}: ${done} secrets`);
  };
}

function hasChanged({ hasNewKey, secrets, rewrappedKeys, retiredKeys, unreadable }: RotatedOrganization): boolean {
  return hasNewKey || rewrappedKeys + retiredKeys + unreadable.length + Object.keys(secrets).length > 0;
}

function toLines(organizations: readonly RotatedOrganization[], isDryRun: boolean): string[] {
  if (organizations.length === 0) return ['Nothing to rotate.'];
  return organizations.flatMap(({ slug, hasNewKey, secrets, rewrappedKeys, retiredKeys, unreadable }) => {
    const total = Object.values(secrets).reduce((sum, count) => sum + count, 0);
    const parts = [
      ...(hasNewKey ? ['a new data key'] : []),
      `${total} secrets encrypted again`,
      ...(rewrappedKeys > 0 ? [`${rewrappedKeys} data keys under the current root key`] : []),
      ...(retiredKeys > 0 ? [`${retiredKeys} former data keys retired`] : []),
    ];
    const lost = unreadable.map((place) => `  does not open, and was left as it is: ${place}`);
    return [`${isDryRun ? 'Would rotate' : 'Rotated'} ${slug}: ${parts.join(', ')}`, ...lost];
  });
}

function rootKeyLines(rootKeys: FormerRootKeys | null): string[] {
  if (!rootKeys) return [];
  const { forgotten, stillNeeded } = rootKeys;
  return [
    ...forgotten.map((id) => `The root key "${id}" is not needed for secrets any more.`),
    ...stillNeeded.map((id) => `The root key "${id}" is still needed. Run this again when no process uses it.`),
  ];
}
