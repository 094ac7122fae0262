import { TemplateError } from './template.error.js';

/** What templates can refer to. */
export interface TemplateScope {
  /** Outputs of former tasks, by key. */
  readonly tasks: Readonly<Record<string, unknown>>;
  /** What the execution was asked for with. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly client: { readonly id: string | null };
}

/** A reference in a template: `tasks.audit.issues.0.code` is ['tasks', 'audit', 'issues', '0', 'code']. */
export type Reference = readonly string[];

const ROOTS: readonly string[] = ['tasks', 'inputs', 'client'] satisfies (keyof TemplateScope)[];
const STEP = String.raw`[A-Za-z0-9_][\w-]*`;
const TEMPLATE = new RegExp(String.raw`\{\{\s*(${STEP}(?:\.${STEP})*)\s*\}\}`, 'g');
const ALONE = new RegExp(String.raw`^\{\{\s*(${STEP}(?:\.${STEP})*)\s*\}\}$`);
/** Of one text, after it was filled. */
const MAX_TEXT = 20_000;

/** Returns the references in all texts of a value. @throws TemplateError for braces that hold none */
export function referencesOf(value: unknown): Reference[] {
  return textsOf(value).flatMap((text) => {
    const rest = text.replace(TEMPLATE, '');
    if (rest.includes('{{')) {
      throw new TemplateError('', 'has {{ that begins no reference; write {{tasks.<key>.<path>}} or {{inputs.<name>}}');
    }
    return [...text.matchAll(TEMPLATE)].map(([, path = '']) => toReference(path));
  });
}

/**
 * Puts in what references stand for. A text that is nothing but one reference becomes the value itself, of whatever type;
 * inside a text, values that are no text are written as JSON.
 * @throws TemplateError if there is no such value, or the text becomes too long
 */
export function fillTemplate(value: unknown, scope: TemplateScope): unknown {
  if (typeof value === 'string') return fillText(value, scope);
  if (Array.isArray(value)) return value.map((entry) => fillTemplate(entry, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, fillTemplate(entry, scope)]));
}

function fillText(text: string, scope: TemplateScope): unknown {
  const [, alone] = ALONE.exec(text) ?? [];
  if (alone !== undefined) return resolve(alone, scope);
  const filled = text.replace(TEMPLATE, (_match, path: string) => {
    const found = resolve(path, scope);
    return typeof found === 'string' ? found : JSON.stringify(found);
  });
  if (filled.length > MAX_TEXT)
    throw new TemplateError('', `becomes longer than ${MAX_TEXT} characters when it is filled`);
  return filled;
}

/** Own fields only: what all objects inherit is no output of a task. */
function resolve(path: string, scope: TemplateScope): unknown {
  let value: unknown = scope;
  for (const step of toReference(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) {
      throw new TemplateError(path, `there is nothing at {{${path}}}`);
    }
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function toReference(path: string): Reference {
  const reference = path.split('.');
  const [root = ''] = reference;
  if (!ROOTS.includes(root) || reference.length < 2) {
    throw new TemplateError(path, `{{${path}}} refers to nothing: begin with tasks.<key>, inputs.<name> or client.id`);
  }
  return reference;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
