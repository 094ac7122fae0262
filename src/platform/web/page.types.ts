export interface PageLink {
  /** Absolute, without its fragment; the text of the attribute if it is no address. */
  readonly url: string;
  readonly text: string;
  readonly isFollowed: boolean;
}

export interface PageImage {
  readonly url: string;
  /** Null if the attribute is missing, which is not the same as empty. */
  readonly alt: string | null;
}

export interface PageHeading {
  readonly level: number;
  readonly text: string;
}

/** A block of JSON-LD. */
export interface StructuredData {
  readonly types: readonly string[];
  readonly isValid: boolean;
}

/** What a page says of itself, and what it shows. Texts without superfluous space. */
export interface PageContent {
  readonly titles: readonly string[];
  /** By `name`, `property` or `http-equiv`, in lower case; in the order of the page. */
  readonly metas: readonly { readonly name: string; readonly content: string }[];
  readonly canonicals: readonly string[];
  readonly alternates: readonly { readonly language: string; readonly url: string }[];
  readonly headings: readonly PageHeading[];
  readonly links: readonly PageLink[];
  readonly images: readonly PageImage[];
  readonly structuredData: readonly StructuredData[];
  /** Of the `html` element. */
  readonly language: string | null;
  /** What is shown, without scripts and styles. */
  readonly text: string;
  /** Its runs of text, without headings and navigation: what can be quoted. */
  readonly paragraphs: readonly string[];
}
