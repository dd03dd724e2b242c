/**
 * A `fetch` that tells how many bytes of an upload have been sent. For Node: browsers have the `upload.onprogress` of
 * XMLHttpRequest for that.
 */
export function countedFetch(onSent: (bytes: number) => void): typeof fetch {
  return (url, init) => {
    if (!(init?.body instanceof FormData)) return fetch(url, init);
    const form = new Response(init.body);
    const headers = new Headers(init.headers);
    headers.set('content-type', form.headers.get('content-type') ?? '');
    let sent = 0;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        sent += chunk.byteLength;
        onSent(sent);
        controller.enqueue(chunk);
      },
    });
    const counted = { ...init, headers, body: form.body?.pipeThrough(counter) ?? null, duplex: 'half' };
    return fetch(url, counted);
  };
}
