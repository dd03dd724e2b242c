import type { Document, RequestOptions } from './document.ts';
import { ClientClosedError } from './errors.ts';
import { postOperation } from './post.ts';
import { openSubscriptions } from './subscriptions.ts';

/** Where a server is, and with which key it is asked. */
export interface ClientOptions {
  /** Its address, such as `http://127.0.0.1:4000`, with or without `/graphql` behind it. */
  url: string | URL;
  /** Sent with every request and connection. */
  apiKey?: string | undefined;
}

/** Runs documents on one server. */
export interface Transport {
  /** Where the API is, e.g. `http://127.0.0.1:4000/graphql`. */
  readonly endpoint: string;
  /**
   * Runs a query or a mutation. Each `File` among the variables is streamed; one made of `fs.openAsBlob` is read from
   * disk as it is sent.
   * @throws ServerUnreachableError, RequestFailedError, FileUnreadableError, ClientClosedError or the signal's reason
   */
  request<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables?: NoInfer<Variables>,
    options?: RequestOptions,
  ): Promise<Data>;
  /**
   * Runs a subscription until it completes or the loop over it ends. After a lost connection it begins again, for some
   * 15 seconds, with the present state.
   * @throws ServerUnreachableError, RequestFailedError, ClientClosedError or the signal's reason
   */
  subscribe<Data, Variables = Record<string, unknown>>(
    document: Document<Data, Variables>,
    variables?: NoInfer<Variables>,
    options?: Pick<RequestOptions, 'signal'>,
  ): AsyncGenerator<Data, void>;
  /** Ends the connection that subscriptions share, and whatever still runs, with a ClientClosedError. */
  close(): Promise<void>;
}

/** Prepares to run documents; it connects when it is used. Throws a TypeError for a `url` that is none. */
export function openTransport({ url, apiKey }: ClientOptions): Transport {
  const address = new URL(url);
  if (!/\/graphql\/?$/.test(address.pathname)) address.pathname = `${address.pathname.replace(/\/$/, '')}/graphql`;
  const endpoint = address.href;
  const closing = new AbortController();
  const orClosed = (signal: AbortSignal | undefined) =>
    AbortSignal.any([signal, closing.signal].filter((each) => each !== undefined));
  const subscribe = openSubscriptions(endpoint, closing.signal, apiKey);
  return {
    endpoint,
    request: (document, variables, options = {}) =>
      postOperation(
        endpoint,
        { document: document.toString(), variables: variables ?? {}, apiKey },
        { ...options, signal: orClosed(options.signal) },
      ),
    subscribe: (document, variables, { signal } = {}) =>
      subscribe(document.toString(), variables ?? {}, orClosed(signal)),
    async close() {
      closing.abort(new ClientClosedError('The client has been closed.'));
    },
  };
}
