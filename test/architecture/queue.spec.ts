import { readFileSync } from 'node:fs';
import { filesUnder } from './project-files.js';

const ADAPTER = 'src/platform/queue/bull-queue.ts';
const sources = filesUnder('src', '.ts').filter((path) => !path.endsWith('.spec.ts'));
const textOf = (path: string) => readFileSync(path, 'utf8');

describe('the queue', () => {
  it('is known to one file: everything else queues by JobService and works by JobProcessor', () => {
    const users = sources.filter((path) => /from '(?:bull|@nestjs\/bull(?:-shared)?)'/.test(textOf(path)));
    expect(users).toEqual([ADAPTER]);
  });

  it('is worked on by processors of one base only', () => {
    const marked = sources.filter((path) => /@Performs\(/.test(textOf(path)));
    const strangers = marked.filter((path) => !/extends JobProcessor\b/.test(textOf(path)));
    expect(strangers).toEqual([]);
    const own = sources.filter((path) => /@(?:Processor|Process|OnQueue\w*)\(|\.process\('/.test(textOf(path)));
    expect(own).toEqual([ADAPTER]);
  });

  it('is started by the worker alone', () => {
    const starters = sources.filter((path) => /get\(JobWorker\)/.test(textOf(path)));
    expect(starters).toEqual(['src/worker.ts']);
  });
});
