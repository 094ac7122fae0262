import type { SiteServer } from './site-server.js';
import type { TestApp } from './test-app.js';

interface IssuePage {
  readonly data: readonly { readonly rule: string; readonly url: string }[];
  readonly page: { readonly nextCursor: string | null };
}

/** Everything that an audit found, page after page, in the form of {@link plantSite}. */
export async function listIssues(
  http: ReturnType<TestApp['http']>,
  id: string,
  { url }: SiteServer,
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = (await http.get(`/api/v1/seo-audits/${id}/issues?limit=40${query}`).expect(200)) as {
      body: IssuePage;
    };
    found.push(...body.data.map((issue) => `${issue.rule} ${issue.url.replace(url, '')}`));
    cursor = body.page.nextCursor;
  } while (cursor !== null);
  return found.sort();
}
