import { UsageError } from './usage.error.js';

/** Checks an option's value. @throws UsageError, which ends the command with exit code 2 before it touches anything */
export function requireMatch(flag: string, value: string, pattern: RegExp, expected: string): string {
  if (!pattern.test(value)) throw new UsageError(`${flag} must be ${expected}.`);
  return value;
}

export function requireSlug(value: string): string {
  return requireMatch('--slug', value, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens');
}

export function requireEmail(value: string): string {
  return requireMatch('--email', value, /^[^\s@]+@[^\s@]+$/, 'an e-mail address').toLowerCase();
}

export function requireChoice<Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === value.toUpperCase());
  if (!choice) throw new UsageError(`${flag} must be one of ${choices.join(', ')}.`);
  return choice;
}
