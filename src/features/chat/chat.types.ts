/** Who talks: a visitor by a secret, or a user, inside an organization or outside of all. */
export interface ChatCaller {
  readonly organizationId: string | null;
  readonly userId: string | null;
  readonly visitorHash: string | null;
}

export interface ChatConversation {
  readonly id: string;
  readonly messageCount: number;
  readonly lastMessageAt: Date | null;
  readonly createdAt: Date;
}

/** What an answer was made from. */
export interface ChatSource {
  /** As it is cited in the text: `[1]`. */
  readonly number: number;
  readonly kind: string;
  readonly id: string;
  readonly title: string;
}

export interface ChatMessage {
  readonly id: string;
  readonly role: 'USER' | 'ASSISTANT';
  readonly content: string;
  readonly sources: readonly ChatSource[];
  /** What wrote it: the model, or `retrieval`; null for what a person wrote. */
  readonly model: string | null;
  readonly createdAt: Date;
}

/** An answer before it is stored. */
export interface ChatAnswer {
  readonly content: string;
  readonly sources: readonly ChatSource[];
  readonly model: string;
}

/** An answer while it is written: what was found, text in pieces, at last the whole, once it is stored. */
export type ChatEvent =
  | { readonly type: 'sources'; readonly sources: readonly ChatSource[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'message'; readonly message: ChatMessage };

export const PROMPT_NAMES = ['system', 'greeting', 'nothingFound'] as const;
export type ChatPrompts = Readonly<Record<(typeof PROMPT_NAMES)[number], string>>;

export interface ChatToolSetting {
  readonly name: string;
  readonly isEnabled: boolean;
}

export interface ChatConfig {
  readonly prompts: ChatPrompts;
  readonly tools: readonly ChatToolSetting[];
  /** 0 until somebody changed it. */
  readonly version: number;
}

export const DEFAULT_PROMPTS: ChatPrompts = {
  system:
    'You are the assistant of this product and help its visitors. Be friendly and brief, and answer in the language of the question.',
  greeting: 'Hello! What would you like to know?',
  nothingFound: 'I have found nothing about that. Please ask in other words, or contact customer service.',
};

export const MAX_MESSAGE = 4_000;
/** Both sides together. */
export const MAX_MESSAGES = 200;
