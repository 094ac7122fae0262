// cspell:disable -- passwords are no words
import { passwordProblems } from './password-rules.js';

const codes = (password: string, email = 'jane.doe@example.test') =>
  passwordProblems(password, email, 'password').map(({ code }) => code);

describe(passwordProblems.name, () => {
  it.each([
    'password123',
    'Password1234!',
    'P@ssw0rd2026',
    'passwordpassword',
    'qwertyuiop',
    'Qwerty123456',
    '1234567890',
    '0987654321',
    '5678901234567',
    '1q2w3e4r5t',
    '1qaz2wsx3edc',
    'iloveyou2026',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'abcdefghij',
    'administrator',
    'adminadmin1',
    'welcome2026!',
    'letmein12345',
    'changeme!!',
    'Summer2026!!',
    'bulkhead2026',
    'usuckballz1',
    'mypassword1',
    'chicago2026',
  ])('refuses what everybody tries first: %s', (password) => {
    expect(codes(password)).toEqual(['passwordIsCommon']);
  });

  it.each(['jane.doe@example.test', 'JANE.DOE@EXAMPLE.TEST', 'jane.doe2026', '  jane.doe@example.test  '])(
    'refuses the address itself: %s',
    (password) => {
      expect(codes(password)).toEqual(['passwordIsAddress']);
    },
  );

  it.each([
    'correct horse battery',
    'bulkhead-demo-1',
    'žluťoučký kůň',
    '          x         ',
    'xK9$mQ2!vL',
    'grapefruit torch',
    '密码密码一二三四五六',
    'nopasswordhere-please',
  ])('takes any other, whatever it is made of: %s', (password) => {
    expect(codes(password)).toEqual([]);
  });

  it('says which field it is about, and does not repeat the password', () => {
    const [problem] = passwordProblems('password123', 'a@b.test', 'newPassword');
    expect(problem?.path).toBe('newPassword');
    expect(JSON.stringify(problem)).not.toContain('password123');
  });
});
