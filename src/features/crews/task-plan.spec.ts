import type { TaskPlan } from './crew.types.js';
import { findPlanProblems, needsClient, requiredInputs } from './task-plan.js';

const tools = {
  has: (name: string) => name === 'page-fetch',
  findProblems: (name: string, inputs: unknown, path: { name: string; inputs: string }) => {
    if (name !== 'page-fetch') return [{ path: path.name, code: 'isTool', message: 'is no tool' }];
    const isGiven = typeof (inputs as { url?: unknown }).url === 'string';
    return isGiven ? [] : [{ path: `${path.inputs}.url`, code: 'invalid_type', message: 'is missing' }];
  },
};

function plan(key: string, fields: Partial<TaskPlan> = {}): TaskPlan {
  return { key, name: key, agent: 'writer', instructions: 'Write.', tool: null, inputs: {}, dependsOn: [], ...fields };
}

const problemsOf = (...tasks: TaskPlan[]) => findPlanProblems(tasks, tools).map(({ path, code }) => `${path} ${code}`);

describe('a plan of tasks', () => {
  it('is taken when every task comes after what it needs, in whatever order they are listed', () => {
    const last = plan('last', {
      dependsOn: ['middle'],
      instructions: 'Use {{tasks.first.title}} and {{tasks.middle.text}}.',
    });
    const middle = plan('middle', { dependsOn: ['first'] });
    const first = plan('first', { tool: 'page-fetch', inputs: { url: '{{inputs.url}}', deep: ['{{client.id}}'] } });
    expect(problemsOf(last, middle, first)).toEqual([]);
    expect(requiredInputs([last, middle, first])).toEqual(['url']);
    expect([needsClient([last, middle, first]), needsClient([last])]).toEqual([true, false]);
  });

  it('names each place that refers to nothing', () => {
    expect(problemsOf(plan('a', { dependsOn: ['b', 'a'] }), plan('a'))).toEqual([
      'tasks.0.dependsOn.0 isTask',
      'tasks.0.dependsOn.1 isOther',
      'tasks.1.key isUnique',
    ]);
    expect(problemsOf(plan('a', { tool: 'nothing' }), plan('b', { inputs: { url: 'x' } }))).toEqual([
      'tasks.0.tool isTool',
      'tasks.1.inputs isEmpty',
    ]);
    expect(problemsOf(plan('a', { tool: 'page-fetch' }))).toEqual(['tasks.0.inputs.url invalid_type']);
  });

  it('shows the circle in which tasks wait for each other', () => {
    const tasks = [plan('a', { dependsOn: ['c'] }), plan('b', { dependsOn: ['a'] }), plan('c', { dependsOn: ['b'] })];
    const [problem, ...rest] = findPlanProblems([plan('start'), ...tasks], tools);
    expect(problem).toMatchObject({ path: 'tasks', code: 'isAcyclic' });
    expect(problem?.message).toContain('a → c → b → a');
    expect(rest).toEqual([]);
  });

  it('lets no task read what is not done before it', () => {
    const reader = plan('reader', { instructions: '{{tasks.other.text}}' });
    expect(problemsOf(plan('other'), reader)).toEqual(['tasks.1.instructions isDone']);
    expect(problemsOf(plan('a', { instructions: '{{secrets.key}}' }))).toEqual(['tasks.0.instructions isTemplate']);
    expect(problemsOf(plan('a', { instructions: '{{ not a path' }))).toEqual(['tasks.0.instructions isTemplate']);
  });
});
