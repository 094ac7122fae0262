import { clip } from '../../platform/web/clip.js';
import type { PageContent } from '../../platform/web/page.types.js';
import type { SnapshotDetail, SnapshotDifference, SnapshotPage, Tag, TagChange } from './meta-tag-snapshot.types.js';

const MAX_TAGS = 80;
const MAX_CONTENT = 500;
const MAX_URL = 1_000;

/** Takes from a page what it tells search engines and social networks. */
export function tagsOf({ titles, canonicals, alternates, metas }: PageContent): Tag[] {
  const tags = [
    ...titles.map((content) => ({ name: 'title', content })),
    ...canonicals.map((content) => ({ name: 'canonical', content })),
    ...alternates.map(({ language, url }) => ({ name: `hreflang:${language}`, content: url })),
    ...metas,
  ];
  return tags
    .slice(0, MAX_TAGS)
    .map(({ name, content }) => ({ name: clip(name, 100), content: clip(content, MAX_CONTENT) }));
}

export function toSnapshotPage(url: string, content: PageContent): SnapshotPage {
  return { url: clip(url, MAX_URL), tags: tagsOf(content) };
}

type Compared = Pick<SnapshotDetail, 'pages' | 'end'>;

/** Tells what changed from one snapshot to the next. A page that may only not have been reached is not called new or gone. */
export function differ(previousId: string, before: Compared, after: Compared): SnapshotDifference {
  const old = new Map(before.pages.map((page) => [page.url, page]));
  const now = new Set(after.pages.map(({ url }) => url));
  const changed = after.pages.flatMap((page) => {
    const tags = changesOf(old.get(page.url)?.tags ?? page.tags, page.tags);
    return tags.length > 0 ? [{ url: page.url, tags }] : [];
  });
  return {
    previousId,
    added: before.end === 'COMPLETE' ? [...now].filter((url) => !old.has(url)) : [],
    removed: after.end === 'COMPLETE' ? [...old.keys()].filter((url) => !now.has(url)) : [],
    changed,
  };
}

function changesOf(before: readonly Tag[], after: readonly Tag[]): TagChange[] {
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [old, now] = [before, after].map((tags) => tags.filter((tag) => tag.name === name).map((tag) => tag.content));
    return JSON.stringify(old) === JSON.stringify(now) ? [] : [{ name, before: old ?? [], after: now ?? [] }];
  });
}
