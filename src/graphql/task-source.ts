import { builder } from './builder.ts';

export const TaskSourceEnum = builder.enumType('TaskSource', {
  description: 'Where the video of a task came from.',
  values: {
    FILE: { description: 'It was uploaded with the request.' },
    URL: { description: 'The server downloads it.' },
  } as const,
});
