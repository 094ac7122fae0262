// cspell:ignore Ngan ngan Žižkov zizkov บ้าน ห้อง
import { searchedTerms, termsOf, toSearchForm } from './property-terms.js';

describe('the words of a listing', () => {
  it('are compared without accents, case and punctuation', () => {
    expect(toSearchForm('  Ko  Pha-Ngan, Žižkov ')).toBe('ko pha ngan zizkov');
    expect(termsOf(['Sea-view VILLA', null, 'villa by the sea'])).toEqual(['sea', 'view', 'villa', 'by', 'the']);
  });

  it('keep letters of every script', () => {
    expect(termsOf(['บ้าน 2 ห้อง', '海景公寓'])).toContain('海景公寓');
  });

  it('are bounded in length and number', () => {
    expect(termsOf(['x'.repeat(100)])).toEqual(['x'.repeat(40)]);
    expect(termsOf([Array.from({ length: 500 }, (_, n) => `word${n}`).join(' ')])).toHaveLength(200);
    expect(searchedTerms('a b c d e f g h')).toHaveLength(6);
    expect(searchedTerms(' -- ')).toEqual([]);
  });
});
