import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The root keys, the current one first, or what is wrong with the way they were given. */
export interface RootKeyResolution {
  readonly keys: readonly string[];
  readonly problems: readonly string[];
}

/** 32 bytes, base64: `openssl rand -base64 32`. */
const rootKey = z.base64({ error: 'must be base64' }).refine((value) => Buffer.from(value, 'base64').length === 32, {
  error: 'must be 32 bytes in base64 (openssl rand -base64 32)',
});

/**
 * Takes the root keys from the environment or from files: the current one, and the previous ones, each in one way only.
 * @param given - the variables that are set
 */
export function resolveRootKeys(given: NodeJS.ProcessEnv): RootKeyResolution {
  const current = resolve('ENCRYPTION_KEY', given);
  const previous = resolve('ENCRYPTION_PREVIOUS_KEYS', given);
  const problems = [...current.problems, ...previous.problems];
  if (current.problems.length === 0 && current.keys.length !== 1) {
    problems.push(
      current.keys.length === 0
        ? 'ENCRYPTION_KEY is not set, nor is ENCRYPTION_KEY_FILE'
        : 'ENCRYPTION_KEY: must be one key; former ones belong into ENCRYPTION_PREVIOUS_KEYS',
    );
  }
  return { keys: [...current.keys, ...previous.keys], problems };
}

function resolve(name: string, given: NodeJS.ProcessEnv): RootKeyResolution {
  const path = given[`${name}_FILE`];
  if (path === undefined) return parse(name, given[name] ?? '');
  if (given[name] !== undefined) return refuse(`${name} and ${name}_FILE are both set: set one of them`);
  try {
    return parse(`${name}_FILE`, readFileSync(path, 'utf8'));
  } catch {
    return refuse(`${name}_FILE: the file cannot be read`);
  }
}

/** In a file, keys may stand on lines of their own. */
function parse(name: string, text: string): RootKeyResolution {
  const parsed = z.array(rootKey).safeParse(text.split(/[\s,]+/).filter(Boolean));
  if (parsed.success) return { keys: parsed.data, problems: [] };
  return refuse(`${name}: ${parsed.error.issues[0]?.message ?? 'is not usable'}`);
}

function refuse(problem: string): RootKeyResolution {
  return { keys: [], problems: [problem] };
}
