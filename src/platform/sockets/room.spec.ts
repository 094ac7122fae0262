import { readRoom, roomOf } from './room.js';

const subject = { organizationId: 'o', topic: 'research', resourceId: 'r' };

describe('rooms', () => {
  it('begin with product and organization, and say whose they are', () => {
    expect(roomOf('bestays', subject)).toBe('bestays:o:research:r');
    expect(readRoom('bestays', 'bestays:o:research:r')).toEqual(subject);
  });

  it.each([
    '',
    'bestays',
    'bestays:o:research',
    'bestays::research:r',
    'bestays:o:research:r:x',
    'realestate:o:research:r',
  ])('are not: "%s"', (room) => expect(readRoom('bestays', room)).toBeNull());
});
