import { EventBus } from './event-bus.js';

declare module './event-bus.js' {
  interface EventMap {
    'test.happened': { readonly id: string };
  }
}

describe(EventBus.name, () => {
  it('tells every listener before it goes on, and none that left', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.hear('test.happened', async ({ id }) => {
      await Promise.resolve();
      heard.push(`first ${id}`);
    });
    const leave = bus.hear('test.happened', ({ id }) => void heard.push(`second ${id}`));
    await bus.announce('test.happened', { id: '1' });
    leave();
    await bus.announce('test.happened', { id: '2' });
    expect(heard.sort()).toEqual(['first 1', 'first 2', 'second 1']);
  });

  it('lets a listener that fails spoil it for nobody', async () => {
    const bus = new EventBus();
    const heard: string[] = [];
    bus.hear('test.happened', () => {
      throw new Error('no');
    });
    bus.hear('test.happened', ({ id }) => void heard.push(id));
    await bus.announce('test.happened', { id: '1' });
    expect(heard).toEqual(['1']);
  });

  it('gives listeners what they cannot change', async () => {
    const bus = new EventBus();
    bus.hear('test.happened', (event) => {
      (event as { id: string }).id = 'changed';
    });
    const heard: string[] = [];
    bus.hear('test.happened', ({ id }) => void heard.push(id));
    await bus.announce('test.happened', { id: '1' });
    expect(heard).toEqual(['1']);
  });
});
