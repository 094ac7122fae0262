import { build, type BuiltOrganization } from './builders.js';
import type { TestApp } from './test-app.js';

/** What `buildWork` made. */
export interface BuiltWork {
  readonly crewId: string;
  readonly executionId: string;
  readonly taskId: string;
  readonly reportId: string;
}

/** Asks for a report and for the execution of a crew, which nobody does, and comments on its task. */
export async function buildWork(app: TestApp, organization: BuiltOrganization, clientId: string): Promise<BuiltWork> {
  const { owner, id } = organization;
  const request = async (path: string, body: object) => {
    const answer = await app.http(owner, id).post(`/api/v1${path}`).send(body).expect(202);
    return (answer.body as { id: string }).id;
  };
  const tasks = [{ key: 'write', name: 'Write', agent: 'editor', instructions: 'Write about shoes.' }];
  const crew = await build(app, organization, '/crews', { name: 'Weekly review', tasks });
  const executionId = await request('/crew-executions', { crewId: crew.id, clientId });
  const board = `/crew-executions/${executionId}/tasks`;
  const { body } = await app.http(owner, id).get(`/api/v1${board}`).expect(200);
  const taskId = (body as { data: { id: string }[] }).data[0]?.id ?? '';
  await build(app, organization, `${board}/${taskId}/comments`, { text: 'Looks good.' });
  const reportId = await request('/research-reports', { clientId, sources: ['https://www.example.test/'] });
  return { crewId: crew.id, executionId, taskId, reportId };
}
