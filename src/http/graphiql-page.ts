import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';

/** Where the page of Yoga's GraphiQL begins to show it: its options, as JSON, are the second argument. */
const SHOW = 'YogaGraphiQL.renderYogaGraphiQL(';

/**
 * Runs in the page. GraphiQL sends what stands under "Headers" with requests; a WebSocket of a browser has no headers,
 * so they are sent as its connection parameters.
 */
const SHOW_WITH_KEY = `((root, options) => {
  let headers = '{}';
  YogaGraphiQL.renderYogaGraphiQL(root, {
    ...options,
    onEditHeaders: (text) => { headers = text; },
    onTabChange: ({ tabs, activeTabIndex }) => { headers = tabs[activeTabIndex].headers; },
    connectionParams: () => { try { return JSON.parse(headers); } catch { return {}; } },
  });
})(`;

/** The page of GraphiQL. */
export function renderGraphiQLPage(options: GraphiQLOptions): string {
  const page = renderGraphiQL(options);
  const at = page.lastIndexOf(SHOW);
  // Another version's page works as well, save that a key reaches no WebSocket.
  if (at < 0) return page;
  return page.slice(0, at) + SHOW_WITH_KEY + page.slice(at + SHOW.length);
}
