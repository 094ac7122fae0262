/** Something that an answer can be grounded in. Everybody who may ask may read it. */
export interface KnowledgePiece {
  /** What kind of thing it is: `faq`, `property`. */
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  /** At most a few thousand characters. */
  readonly text: string;
  /** How well it fits, from 0 to 1, comparable within one source only. */
  readonly score: number;
}

/** Port: finds what is known about a question, in the context of whoever asks. */
export interface KnowledgeSource {
  readonly kind: string;
  find(question: string, most: number, signal: AbortSignal): Promise<readonly KnowledgePiece[]>;
}
