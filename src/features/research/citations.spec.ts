import { checkCitations } from './citations.js';

const FINDINGS = [
  { text: 'Vegetable tanned leather takes six weeks to cure in oak bark.', source: 1, score: 2 },
  { text: 'Our boots are stitched by hand in Porto.', source: 3, score: 1 },
];

describe('citations', () => {
  it('stay where the source says something of the kind', () => {
    const text = 'Tanning takes six weeks in oak bark [1]. Boots are stitched by hand [3].';
    expect(checkCitations(text, FINDINGS)).toEqual({ text, held: 2, removed: 0 });
  });

  it('go where there is no such source, or it says nothing of the kind', () => {
    const text = 'Tanning takes six weeks in oak bark [1][2].\nThe company was founded in 1890 by monks [3]. See [99].';
    expect(checkCitations(text, FINDINGS)).toEqual({
      text: 'Tanning takes six weeks in oak bark [1].\nThe company was founded in 1890 by monks. See.',
      held: 1,
      removed: 3,
    });
  });
});
