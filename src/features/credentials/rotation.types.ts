/** What a rotation changes, and in how much. */
export interface RotationOptions {
  /** Wraps the data keys by the current root key, instead of making new data keys. */
  readonly isRootKey: boolean;
  /** Only tells what would be done. */
  readonly isDryRun: boolean;
  /** Data keys that were made later stay: what an interrupted rotation has done is not done again. */
  readonly before: Date;
}

/** What was, or would be, done in one organization. */
export interface OrganizationOutcome {
  /** Whether a new data key was made. */
  readonly hasNewKey: boolean;
  /** Secrets that were encrypted again, by `table.column`. */
  readonly secrets: Readonly<Record<string, number>>;
  /** Data keys that were wrapped by the current root key. */
  readonly rewrappedKeys: number;
  /** Former data keys that nothing refers to any more. */
  readonly retiredKeys: number;
  /** Where secrets stand that do not open. They, and the keys that they name, were left as they are. */
  readonly unreadable: readonly string[];
}

export const NOTHING_ROTATED: OrganizationOutcome = {
  hasNewKey: false,
  secrets: {},
  rewrappedKeys: 0,
  retiredKeys: 0,
  unreadable: [],
};

export interface RotatedOrganization extends OrganizationOutcome {
  readonly id: string;
  readonly slug: string;
}

/** Hears how many secrets of an organization were encrypted again so far. */
export type RotationProgress = (slug: string, done: number) => void;

/** Root keys besides the current one, after a rotation. */
export interface FormerRootKeys {
  /** Needed by nothing any more: they may be taken out of the configuration. */
  readonly forgotten: readonly string[];
  readonly stillNeeded: readonly string[];
}
