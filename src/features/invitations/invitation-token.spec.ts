import { randomUUID } from 'node:crypto';
import { createInvitationToken, hashInvitationToken, organizationOfToken } from './invitation-token.js';

describe('the token of an invitation', () => {
  it('leads to its organization, and is another one each time', () => {
    const id = randomUUID();
    const [first, second] = [createInvitationToken(id), createInvitationToken(id)];
    expect([first, second].map(organizationOfToken)).toEqual([id, id]);
    expect(first).not.toBe(second);
    expect(hashInvitationToken(first)).not.toBe(hashInvitationToken(second));
    expect(hashInvitationToken(first)).not.toContain(first.slice(4, 20));
  });

  it('has one form', () => {
    const token = createInvitationToken(randomUUID());
    const wrong = ['', 'inv_', token.slice(4), token.slice(0, -1), `${token}A`, `${token}=`, `${token}\n`, ` ${token}`];
    expect([...wrong, token.replace('inv_', 'INV_'), token.slice(0, -1) + '+'].map(organizationOfToken)).toEqual(
      Array.from({ length: wrong.length + 2 }, () => null),
    );
  });
});
