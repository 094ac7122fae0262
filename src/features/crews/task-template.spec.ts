import { fillTemplate, referencesOf, type TemplateScope } from './task-template.js';
import { TemplateError } from './template.error.js';

const scope: TemplateScope = {
  tasks: { read: { title: 'Shoes', links: [{ url: 'https://a.test' }], count: 3 } },
  inputs: { word: '{{tasks.read.title}}' },
  client: { id: '0194' },
};

describe('a template', () => {
  it('becomes the value itself where it stands alone, and text inside of text', () => {
    expect(fillTemplate({ all: '{{tasks.read.links}}', one: '{{ tasks.read.links.0.url }}' }, scope)).toEqual({
      all: [{ url: 'https://a.test' }],
      one: 'https://a.test',
    });
    expect(fillTemplate(['{{tasks.read.count}} links of {{client.id}}: {{tasks.read.links}}', 7, null], scope)).toEqual(
      ['3 links of 0194: [{"url":"https://a.test"}]', 7, null],
    );
  });

  it('is filled once: what was put in is not read again', () => {
    expect(fillTemplate('{{inputs.word}} and {{inputs.word}}', scope)).toBe(
      '{{tasks.read.title}} and {{tasks.read.title}}',
    );
  });

  it.each([
    '{{tasks.read.missing}}',
    '{{tasks.read.constructor.name}}',
    '{{tasks.read.title.length}}',
    '{{inputs.__proto__}}',
  ])('finds nothing at %s', (text) => {
    expect(() => fillTemplate(text, scope)).toThrow(TemplateError);
  });

  it('is bounded in what it becomes', () => {
    const large = { ...scope, inputs: { word: 'x'.repeat(9_000) } };
    expect(() => fillTemplate('{{inputs.word}} {{inputs.word}} {{inputs.word}}', large)).toThrow(/longer/);
  });

  it('tells what it refers to', () => {
    expect(referencesOf({ a: ['{{tasks.read.title}} {{inputs.word}}'], b: 'none' })).toEqual([
      ['tasks', 'read', 'title'],
      ['inputs', 'word'],
    ]);
    expect(() => referencesOf('{{tasks}}')).toThrow(TemplateError);
  });
});
