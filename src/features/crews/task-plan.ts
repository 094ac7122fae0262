import type { FieldProblem } from '../../platform/errors/app-error.js';
import type { ToolService } from '../tools/tool.service.js';
import type { TaskPlan } from './crew.types.js';
import { type Reference, referencesOf } from './task-template.js';
import { TemplateError } from './template.error.js';

type Tools = Pick<ToolService, 'findProblems' | 'has'>;

/** Says what keeps a list of tasks from being worked through: each problem with its place, all that can be seen at once. */
export function findPlanProblems(tasks: readonly TaskPlan[], tools: Tools): FieldProblem[] {
  const known = new Map(tasks.map((task) => [task.key, task]));
  const problems = tasks.flatMap((task, index) => [
    ...keyProblems(tasks, task, index),
    ...dependencyProblems(known, task, index),
  ]);
  if (problems.length > 0) return problems;
  const cycle = findCycle(known);
  if (cycle) return [problem('tasks', 'isAcyclic', `must not depend on each other in a circle: ${cycle.join(' → ')}`)];
  return tasks.flatMap((task, index) => inputProblems(known, task, index, tools));
}

/** Returns the names of the inputs that a plan refers to: an execution must be given all of them. */
export function requiredInputs(tasks: readonly TaskPlan[]): string[] {
  const references = tasks.flatMap(({ inputs, instructions }) => referencesOf([inputs, instructions]));
  return [...new Set(references.filter(([root]) => root === 'inputs').map(([, name = '']) => name))];
}

/** Tells whether a plan refers to the client of the execution. */
export function needsClient(tasks: readonly TaskPlan[]): boolean {
  return tasks.some(({ inputs, instructions }) =>
    referencesOf([inputs, instructions]).some(([root]) => root === 'client'),
  );
}

function keyProblems(tasks: readonly TaskPlan[], { key }: TaskPlan, index: number): FieldProblem[] {
  const isFirst = tasks.findIndex((other) => other.key === key) === index;
  return isFirst ? [] : [problem(`tasks.${index}.key`, 'isUnique', `is the key of another task: ${key}`)];
}

function dependencyProblems(known: ReadonlyMap<string, TaskPlan>, task: TaskPlan, index: number): FieldProblem[] {
  const { key, dependsOn } = task;
  return dependsOn.flatMap((name, place) => {
    const path = `tasks.${index}.dependsOn.${place}`;
    if (name === key) return [problem(path, 'isOther', 'must not be the task itself')];
    if (dependsOn.indexOf(name) !== place) return [problem(path, 'isUnique', `is named twice: ${name}`)];
    return known.has(name) ? [] : [problem(path, 'isTask', `is the key of no task: ${name}`)];
  });
}

/** Returns one circle of keys, its first again at the end. */
function findCycle(known: ReadonlyMap<string, TaskPlan>): string[] | null {
  const done = new Set<string>();
  const visit = (key: string, path: readonly string[]): string[] | null => {
    if (done.has(key)) return null;
    if (path.includes(key)) return [...path.slice(path.indexOf(key)), key];
    for (const next of known.get(key)?.dependsOn ?? []) {
      const cycle = visit(next, [...path, key]);
      if (cycle) return cycle;
    }
    done.add(key);
    return null;
  };
  for (const key of known.keys()) {
    const cycle = visit(key, []);
    if (cycle) return cycle;
  }
  return null;
}

function inputProblems(
  known: ReadonlyMap<string, TaskPlan>,
  task: TaskPlan,
  index: number,
  tools: Tools,
): FieldProblem[] {
  const place = `tasks.${index}`;
  const { tool, inputs } = task;
  const before = ancestorsOf(known, task);
  const problems = [
    ...templateProblems(`${place}.instructions`, task.instructions, before),
    ...templateProblems(`${place}.inputs`, inputs, before),
  ];
  if (problems.length > 0) return problems;
  if (tool === null) {
    const isGiven = Object.keys(inputs).length > 0;
    return isGiven ? [problem(`${place}.inputs`, 'isEmpty', 'are those of a tool, and the task has none')] : [];
  }
  if (!tools.has(tool)) return tools.findProblems(tool, inputs, { name: `${place}.tool`, inputs: `${place}.inputs` });
  // What a template becomes is known when the task runs; its tool checks it then.
  return referencesOf(inputs).length > 0
    ? []
    : tools.findProblems(tool, inputs, { name: `${place}.tool`, inputs: `${place}.inputs` });
}

function templateProblems(path: string, value: unknown, before: ReadonlySet<string>): FieldProblem[] {
  try {
    const early = referencesOf(value).filter(([root, key = '']: Reference) => root === 'tasks' && !before.has(key));
    return early.map(([, key = '']) => problem(path, 'isDone', `refers to ${key}, which it does not depend on`));
  } catch (error) {
    if (error instanceof TemplateError) return [problem(path, 'isTemplate', error.message)];
    throw error;
  }
}

/** Everything that is done before the task, however far back. */
function ancestorsOf(known: ReadonlyMap<string, TaskPlan>, task: TaskPlan): Set<string> {
  const found = new Set<string>();
  const waiting = [...task.dependsOn];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    waiting.push(...(known.get(key)?.dependsOn ?? []));
  }
  return found;
}

function problem(path: string, code: string, message: string): FieldProblem {
  return { path, code, message };
}
