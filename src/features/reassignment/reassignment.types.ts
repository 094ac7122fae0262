/** An organization that is to change its product, with what may stand in the way. */
export interface Candidate {
  readonly id: string;
  readonly slug: string;
  /** Why it cannot move now; empty if it can. */
  readonly obstacles: readonly string[];
  /** People who come with it, because they belong nowhere else. */
  readonly people: readonly string[];
  /** Secrets that it holds: they are sealed for its product and are not taken along. */
  readonly secrets: number;
}

/** Organizations that share people, and therefore move together or not at all. */
export interface MoveGroup {
  readonly organizations: readonly Candidate[];
  readonly obstacles: readonly string[];
}

export interface ReassignmentOptions {
  /** The product that the rows belong to now; they come to that of the deployment. */
  readonly from: string;
  /** Ids or slugs. */
  readonly organizations: readonly string[];
  /** Organizations whose owner's address ends so. */
  readonly emailDomain: string | undefined;
  readonly discardSecrets: boolean;
  readonly isDryRun: boolean;
}

export interface ReassignmentReport {
  readonly moved: readonly {
    readonly organizations: readonly string[];
    readonly rows: Readonly<Record<string, number>>;
  }[];
  readonly refused: readonly { readonly organizations: readonly string[]; readonly obstacles: readonly string[] }[];
}
