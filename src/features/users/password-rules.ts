// cspell:disable -- passwords are no words
import { dictionary } from '@zxcvbn-ts/language-common';
import type { FieldProblem } from '../../platform/errors/app-error.js';

// What people begin with who choose from the top of every list of leaked passwords, without what they hang on to it.
const COMMON = `
  password passwort motdepasse contrasena parola pass passwd changeme letmein welcome hello login admin administrator root
  user test testing tester default guest master secret access temp temporary qwerty qwertz azerty qwertyuiop asdfghjkl
  asdfgh zxcvbnm zxcvbn qazwsx qazwsxedc iloveyou iloveu loveyou love lovely sunshine princess dragon monkey football
  baseball basketball soccer hockey superman batman spiderman starwars pokemon naruto minecraft fortnite shadow michael
  jordan jennifer jessica ashley charlie daniel thomas andrew matthew joshua robert anthony alexander nicole michelle
  samantha elizabeth computer internet google facebook instagram linkedin microsoft apple samsung android trustno whatever
  freedom flower butterfly chocolate cookie cheese pepper ginger purple orange yellow summer winter spring autumn january
  february march april may june july august september october november december monday friday london paris berlin america
  canada mustang ferrari mercedes corvette harley yamaha killer hunter ranger buster tigger maggie angel babygirl
  liverpool chelsea arsenal barcelona manchester blink matrix ninja phoenix diamond silver golden money happy lucky jesus
  blessed forever family mother father liverpoolfc bulkhead bestays realestate
`
  .trim()
  .split(/\s+/);
const WORDS = new Set(COMMON);
// Some 49,000, of which 1,557 are long enough for our passwords as they are; the others count with a little around them.
const LISTED: ReadonlySet<string> = new Set(dictionary['passwords-common']);
/** So much around a listed password makes no other one of it. */
const MAX_AROUND = 4;
// Rows of keyboards, and what is typed in columns or zigzag over them.
const RUNS = [
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  '1qaz2wsx3edc4rfv5tgb6yhn',
  'qazwsxedcrfvtgb',
  '1a2b3c4d5e6f7g8h9i0j',
  'a1b2c3d4e5f6g7h8i9j0',
];
const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * Says what is wrong with a new password besides its length: it is the person's own address, or among the first that
 * everybody tries. There are no rules on its characters.
 */
export function passwordProblems(password: string, email: string, path: string): FieldProblem[] {
  const plain = password.trim().toLowerCase();
  const [name = ''] = email.toLowerCase().split('@');
  if (plain === email.toLowerCase() || withoutEnds(plain) === name || plain === name)
    return [{ path, code: 'passwordIsAddress', message: 'must not be the e-mail address' }];
  if (isCommon(plain) || isRepeated(password))
    return [{ path, code: 'passwordIsCommon', message: 'is one that many people use' }];
  return [];
}

export function leakedProblem(path: string): FieldProblem {
  return { path, code: 'passwordIsLeaked', message: 'is known from a leak of another service' };
}

function isCommon(plain: string): boolean {
  if (plain.length >= 8 && RUNS.some((run) => isRunOf(plain, run))) return true;
  const read = withoutEnds(plain);
  if (LISTED.has(plain) || (read.length >= 5 && plain.length - read.length <= MAX_AROUND && LISTED.has(read)))
    return true;
  return [read, spellOut(read), withoutEnds(spellOut(plain))].some(isMadeOfWords);
}

/** `aaaaaaaaaa`, `abcabcabcabc`. */
function isRepeated(password: string): boolean {
  return /^(.{1,6}?)\1+$/su.test(password);
}

function spellOut(text: string): string {
  return text.replaceAll(/[013457@$!]/g, (sign) => LEET[sign] ?? sign);
}

/** Forwards or backwards, and around its end: `5678901234`. */
function isRunOf(text: string, run: string): boolean {
  const around = run + run.slice(run.startsWith('0') ? 1 : 0);
  return around.includes(text) || [...around].reverse().join('').includes(text);
}

/** Years, counts and exclamation marks before and after make no difference to who guesses. */
function withoutEnds(text: string): string {
  return text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}

/** One of the words, or two of them behind each other: `adminadmin`, `welcome-home` is not, `admin_password` is. */
function isMadeOfWords(text: string): boolean {
  const letters = text.replaceAll(/[^\p{L}]/gu, '');
  if (WORDS.has(letters)) return true;
  return COMMON.some((word) => letters.startsWith(word) && WORDS.has(letters.slice(word.length)));
}
