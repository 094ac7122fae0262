import { LocalEmbedder } from './local-embedder.js';

describe(LocalEmbedder.name, () => {
  const embedder = new LocalEmbedder();
  const cosine = async (one: string, other: string) => {
    const [a = [], b = []] = await embedder.embed([one, other]);
    return Array.from(a).reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);
  };

  it('gives vectors of length 1, the same every time', async () => {
    const [once, again] = await embedder.embed(['Cancel a booking', 'Cancel a booking']);
    expect(once).toEqual(again);
    expect(Math.hypot(...(once ?? []))).toBeCloseTo(1);
  });

  it('finds words near that share a stem', async () => {
    expect(await cosine('cancel my booking', 'cancelled bookings')).toBeGreaterThan(0.4);
    expect(await cosine('refund of the deposits', 'refunds, deposit')).toBeGreaterThan(0.4);
    expect(await cosine('cancel my booking', 'parking at the airport')).toBeLessThan(0.2);
  });

  it('takes anything for text', async () => {
    const [empty, odd] = await embedder.embed(['', '\u0000\ud800 \u{1F600} ﷽']);
    expect(Math.hypot(...(empty ?? []))).toBe(0);
    expect(odd?.every(Number.isFinite)).toBe(true);
  });
});
