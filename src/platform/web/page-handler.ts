import type { Handler, Parser } from 'htmlparser2';
import type { PageContent, PageHeading, PageImage, PageLink, StructuredData } from './page.types.js';

type Attributes = Readonly<Record<string, string>>;
type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

const MAX_LINKS = 3_000;
const MAX_OTHERS = 1_000;
const MAX_TEXT = 500_000;
const MAX_LABEL = 1_000;
/** Browsers flatten what is deeper than 512. What is deeper than this is no page for people, and is not read on. */
const MAX_DEPTH = 1_000;
const UNSEEN = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'select', 'textarea']);
const BESIDE = new Set(['nav', 'header', 'footer', 'aside', 'form', 'button', 'title']);
const INLINE = new Set(
  'a abbr b bdi bdo cite code data del dfn em font i img ins kbd mark q s samp small span strong sub sup time u var wbr'.split(
    ' ',
  ),
);

/** Takes from a page what is wanted of it while it is read. */
export class PageHandler implements Partial<Handler> {
  private readonly titles: string[] = [];
  private readonly metas: { name: string; content: string }[] = [];
  private readonly canonicals: string[] = [];
  private readonly alternates: { language: string; url: string }[] = [];
  private readonly headings: Draft<PageHeading>[] = [];
  private readonly links: Draft<PageLink>[] = [];
  private readonly images: PageImage[] = [];
  private readonly structuredData: StructuredData[] = [];
  private readonly paragraphs: string[] = [];
  private language: string | null = null;
  private text = '';
  private run = '';
  private base: URL;
  private hasBase = false;
  private depth = 0;
  private unseen = 0;
  private beside = 0;
  /** What is open and takes the text inside of it. */
  private title: string | null = null;
  private jsonLd: string | null = null;
  private heading: Draft<PageHeading> | null = null;
  private link: Draft<PageLink> | null = null;
  private parser: Pick<Parser, 'pause'> | undefined;

  constructor(url: URL) {
    this.base = url;
  }

  onparserinit(parser: Parser): void {
    this.parser = parser;
  }

  onopentag(name: string, attributes: Attributes): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.parser?.pause();
    this.space(name);
    if (UNSEEN.has(name)) this.unseen += 1;
    if (BESIDE.has(name)) this.beside += 1;
    if (/^h[1-6]$/.test(name)) this.openHeading(Number(name[1]));
    this.open(name, attributes);
  }

  ontext(data: string): void {
    if (this.jsonLd !== null) this.jsonLd += data;
    if (this.title !== null) this.title += data;
    if (this.unseen > 0 || this.title !== null) return;
    this.add(data);
  }

  onclosetag(name: string): void {
    this.depth -= 1;
    if (UNSEEN.has(name)) this.unseen = Math.max(0, this.unseen - 1);
    this.space(name);
    if (BESIDE.has(name)) this.beside = Math.max(0, this.beside - 1);
    if (name === 'title' && this.title !== null) {
      keep(this.titles, tidy(this.title));
      this.title = null;
    }
    if (name === 'script' && this.jsonLd !== null) {
      keep(this.structuredData, readJsonLd(this.jsonLd));
      this.jsonLd = null;
    }
    if (/^h[1-6]$/.test(name)) this.heading = null;
    if (name === 'a') this.link = null;
  }

  toContent(): PageContent {
    this.endRun();
    const { titles, metas, canonicals, alternates, images, structuredData, language, paragraphs } = this;
    return {
      ...{ titles, metas, canonicals, alternates, images, structuredData, language, paragraphs },
      headings: this.headings.map(({ level, text }) => ({ level, text: tidy(text) })),
      links: this.links.map((link) => ({ ...link, text: tidy(link.text) })),
      text: tidy(this.text),
    };
  }

  private open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'html':
        this.language ??= attributes['lang']?.trim() || null;
        return;
      case 'base':
        return this.openBase(attributes['href']);
      case 'title':
        if (this.unseen === 0) this.title = '';
        return;
      case 'meta':
        return this.openMeta(attributes);
      case 'link':
        return this.openRelation(attributes);
      case 'a':
      case 'area':
        return this.openLink(attributes);
      case 'img':
        return this.openImage(attributes);
      case 'script':
        if (attributes['type']?.trim().toLowerCase() === 'application/ld+json') this.jsonLd = '';
    }
  }

  private openBase(href: string | undefined): void {
    if (href === undefined || this.hasBase || !URL.canParse(href.trim(), this.base.href)) return;
    this.base = new URL(href.trim(), this.base);
    this.hasBase = true;
  }

  private openMeta({ name, property, 'http-equiv': httpEquiv, content }: Attributes): void {
    const key = (name ?? property ?? httpEquiv)?.trim().toLowerCase();
    if (key && content !== undefined) keep(this.metas, { name: key, content: tidy(content) });
  }

  private openRelation({ rel = '', href, hreflang }: Attributes): void {
    if (href === undefined) return;
    const relations = rel.toLowerCase().split(/\s+/);
    if (relations.includes('canonical')) keep(this.canonicals, this.resolve(href));
    const isAlternate = relations.includes('alternate') && hreflang !== undefined;
    if (isAlternate) keep(this.alternates, { language: hreflang.trim(), url: this.resolve(href) });
  }

  private openHeading(level: number): void {
    this.heading = { level, text: '' };
    keep(this.headings, this.heading);
  }

  private openLink({ href, rel = '' }: Attributes): void {
    this.link = null;
    if (href === undefined || this.unseen > 0 || this.links.length >= MAX_LINKS) return;
    this.link = { url: this.resolve(href), text: '', isFollowed: !/\bnofollow\b/i.test(rel) };
    this.links.push(this.link);
  }

  private openImage({ src, alt }: Attributes): void {
    if (src === undefined || this.unseen > 0 || this.images.length >= MAX_OTHERS) return;
    if (src.trim().toLowerCase().startsWith('data:')) return;
    this.images.push({ url: this.resolve(src), alt: alt === undefined ? null : tidy(alt) });
    // What is read to whoever cannot see the image is the text of the link around it.
    if (this.link && alt && this.link.text.length < MAX_LABEL) this.link.text += ` ${alt}`;
  }

  private add(data: string): void {
    if (this.text.length < MAX_TEXT) {
      this.text += data;
      if (this.heading === null) this.run += data;
    }
    if (this.heading && this.heading.text.length < MAX_LABEL) this.heading.text += data;
    if (this.link && this.link.text.length < MAX_LABEL) this.link.text += data;
  }

  /** Blocks stand apart, also where the source has no space between them. */
  private space(name: string): void {
    if (INLINE.has(name)) return;
    if (this.unseen === 0) this.add(' ');
    if (name !== 'br') this.endRun();
  }

  private endRun(): void {
    const run = tidy(this.run);
    this.run = '';
    if (run !== '' && this.beside === 0) keep(this.paragraphs, run);
  }

  /** Absolute, without its fragment; as it is if it is no address. */
  private resolve(href: string): string {
    const text = href.trim();
    if (!URL.canParse(text, this.base.href)) return text;
    const url = new URL(text, this.base);
    url.hash = '';
    return url.href;
  }
}

function keep<Item>(list: Item[], item: Item): void {
  if (list.length < MAX_OTHERS) list.push(item);
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function readJsonLd(text: string): StructuredData {
  try {
    const value: unknown = JSON.parse(text);
    const nodes = (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((entry) => {
      const graph = toObject(entry)['@graph'];
      return Array.isArray(graph) ? (graph as unknown[]) : [entry];
    });
    const types = nodes.flatMap((node) => toObject(node)['@type'] ?? []).filter((type) => typeof type === 'string');
    return { types: types.slice(0, 20), isValid: types.length > 0 };
  } catch {
    return { types: [], isValid: false };
  }
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
