import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { filesUnder } from './project-files.js';

const DECISION_NAME = /^(\d{4}-\d{2}-\d{2})-([a-z0-9]+(?:-[a-z0-9]+)*)\.md$/;
const DECISION_HEADINGS = ['Situation', 'Decision', 'Why', 'When not', 'Consequences'];
const PROJECT_PATH = /^(?:\.\/)?(?:(?:src|test|docs|prisma|scripts|bench)\/\S*|[A-Z]+\.md)$/;
const PLACEHOLDER = /[*{}<>[\]…]|YYYY|\.\.\./;

const documents = filesUnder('.', '.md');
const decisions = filesUnder('docs/decisions', '.md');

const proseOf = (path: string) => readFileSync(path, 'utf8').replace(/^(```|~~~)[\s\S]*?^\1\s*$/gm, '');
const headingsOf = (path: string, marks: string) =>
  [...proseOf(path).matchAll(new RegExp(`^${marks} (.+)$`, 'gm'))].map(([, heading]) => heading as string);

/** The anchors that the headings of a document get when it is rendered. */
function anchorsOf(path: string): string[] {
  return headingsOf(path, '#{1,6}').map((heading) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

function linksOf(path: string): string[] {
  const prose = proseOf(path).replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g), ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return targets.map(([, target]) => target as string).filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

function leadsNowhere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target =
    path === '' ? document : normalize(path.startsWith('/') ? path.slice(1) : join(dirname(document), path));
  if (!existsSync(target)) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
}

/** What must exist for a path in backticks to be true: the path, or the folder above its first placeholder. */
function existingPart(mention: string): string {
  const parts = mention.replace(/#.*$/, '').split('/');
  const placeholder = parts.findIndex((part) => PLACEHOLDER.test(part));
  return normalize(placeholder === -1 ? parts.join('/') : parts.slice(0, placeholder).join('/') || '.');
}

function pathsMentionedIn(document: string): string[] {
  const spans = [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span as string);
  return spans.filter((span) => PROJECT_PATH.test(span) && !span.startsWith('src/generated'));
}

describe('decisions', () => {
  it('are named by date and subject', () => {
    const misnamed = decisions.filter((path) => {
      const date = DECISION_NAME.exec(basename(path))?.[1];
      return date === undefined || Number.isNaN(Date.parse(date));
    });
    expect(misnamed).toEqual([]);
  });

  it('have a subject of their own', () => {
    const subjects = decisions.map((path) => DECISION_NAME.exec(basename(path))?.[2]);
    expect(subjects.filter((subject, index) => subjects.indexOf(subject) !== index)).toEqual([]);
  });

  it('have the five headings in their order', () => {
    const headings = decisions.map((path) => [path, headingsOf(path, '##').map((heading) => heading.trim())]);
    expect(headings).toEqual(decisions.map((path) => [path, DECISION_HEADINGS]));
  });
});

describe('documents', () => {
  it('link to files and headings that exist', () => {
    const broken = documents.flatMap((document) =>
      linksOf(document)
        .filter((link) => leadsNowhere(document, link))
        .map((link) => `${document}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('mention paths that exist', () => {
    // The change log tells the past, which may name what is gone.
    const current = documents.filter((document) => document !== 'CHANGELOG.md');
    const missing = current.flatMap((document) =>
      pathsMentionedIn(document)
        .filter((mention) => !existsSync(existingPart(mention)))
        .map((mention) => `${document}: ${mention}`),
    );
    expect(missing).toEqual([]);
  });

  it('name files, never line numbers', () => {
    const numbered = documents.filter((document) => /\.(?:ts|mjs|cjs|prisma|sql):\d+/.test(proseOf(document)));
    expect(numbered).toEqual([]);
  });
});
