/** `ws` alone: whatever is posted to it is sent to all sockets. */
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';
import { serve } from './serve.ts';

const server = await serve(async (request, response) => {
  const message = await text(request);
  for (const client of sockets.clients) client.send(message);
  response.end();
});
const sockets = new WebSocketServer({ server });
