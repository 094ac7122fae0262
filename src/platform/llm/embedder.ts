/** Port: turns texts into vectors of length 1, so that near texts have near vectors. */
export abstract class Embedder {
  /** Vectors of different models cannot be compared: store it beside them. */
  abstract readonly model: string;

  /** Returns one vector per text, in their order. A text without any word gives a vector of zeros. @throws LlmProblem */
  abstract embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

/** Makes the length 1, so that the scalar product is the cosine. */
export function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum === 0 ? vector : vector.map((value) => value / Math.sqrt(sum));
}
