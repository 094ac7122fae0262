import { SocketBucket } from './socket-bucket.js';

describe(SocketBucket.name, () => {
  it('lets a burst of two seconds through, and counts what it refuses in a row', () => {
    const bucket = new SocketBucket(5);
    const taken = Array.from({ length: 13 }, () => bucket.take());
    expect(taken.slice(0, 10)).toEqual(Array(10).fill(0));
    expect(taken.slice(10)).toEqual([1, 2, 3]);
  });
});
