import { builder } from './builder.ts';

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be changed. Expected failures are members of the results.' });
builder.subscriptionType({
  description: 'What can be watched: the current state at once, then every later one in order.',
});
