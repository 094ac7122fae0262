import type { FieldProblem } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';

const MAX_REPORTED = 20;

type JsonObject = Record<string, unknown>;

/** The configuration as it is sent: in two parts, or as the mixed `config` of former systems. */
export interface SentConfiguration {
  readonly settings?: JsonObject;
  readonly secrets?: JsonObject | null;
  readonly config?: JsonObject;
}

/** The configuration as it is kept. An undefined part was not sent; null secrets are to be emptied. */
export interface ConfigurationParts {
  readonly settings: JsonObject | undefined;
  readonly secrets: JsonObject | null | undefined;
}

/**
 * Divides a configuration into what members may read and what nobody may. What `settings` and `secrets` say wins over `config`.
 * @throws VALIDATION_FAILED for settings with the name of a secret: settings are shown, so it would be no secret any more.
 */
export function toParts({ settings, secrets, config = {} }: SentConfiguration): ConfigurationParts {
  const problems = findSecrets(settings, 'settings', false);
  if (problems.length > 0) throw validationFailed(problems.slice(0, MAX_REPORTED));
  const entries = Object.entries(config);
  const shown = Object.fromEntries(entries.filter(isPublic));
  const hidden = Object.fromEntries(entries.filter((entry) => !isPublic(entry)));
  return {
    settings: settings || isFilled(shown) ? { ...shown, ...settings } : undefined,
    secrets: secrets !== undefined || isFilled(hidden) ? nullIfEmpty({ ...hidden, ...secrets }) : undefined,
  };
}

/** Only plain values with harmless names: what an object or a list holds inside, its name cannot vouch for. */
function isPublic([name, value]: [string, unknown]): boolean {
  return typeof value !== 'object' && !isSecretName(name);
}

/** Only text is a secret: `maxTokens: 500` and `tokenRefresh: true` are settings like others. */
function findSecrets(value: unknown, path: string, isSecret: boolean): FieldProblem[] {
  if (typeof value === 'string' && isSecret) {
    return [{ path, code: 'looksSecret', message: 'has the name of a secret: send it in secrets, settings are shown' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    findSecrets(child, `${path}.${name}`, isSecret || isSecretName(name)),
  );
}

/** `apiKey`, `API_KEY` and `api-keys` are names of secrets, `keywords` is not. */
function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return /token|secret|password|passphrase|credential|keys?(?![a-z])/.test(words);
}

function isFilled(object: JsonObject): boolean {
  return Object.keys(object).length > 0;
}

function nullIfEmpty(object: JsonObject): JsonObject | null {
  return isFilled(object) ? object : null;
}
