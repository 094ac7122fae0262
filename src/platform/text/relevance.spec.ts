// cspell:ignore Straße ΛΌΓΟΣ straße λόγος
import { rankByRelevance, toTerms } from './relevance.js';

describe('relevance', () => {
  it('puts first what answers the rare word, and leaves out what shares no word', () => {
    const texts = ['the shoes are brown', 'the leather is tanned with oak bark', 'the the the', 'nothing here'];
    expect(rankByRelevance(texts, 'the leather').map(({ index }) => index)).toEqual([1, 2, 0]);
  });

  it('does not let a word that is repeated, or a long text, win by that alone', () => {
    const stuffed = Array.from({ length: 200 }, () => 'leather').join(' ');
    const [best] = rankByRelevance([stuffed, 'oak bark tans leather'], 'leather bark');
    expect(best?.index).toBe(1);
  });

  it('reads words of any script, whatever their case and form', () => {
    expect(toTerms('Straße, ΛΌΓΟΣ – 革靴 ﬁne №7')).toEqual(['straße', 'λόγος', '革靴', 'fine', 'no7']);
    expect(rankByRelevance([], 'anything')).toEqual([]);
    expect(rankByRelevance(['anything'], '')).toEqual([]);
  });
});
