/** Runs a query or a mutation. A file among the variables goes along as `file`, to the place that is null in them. */
export async function post(
  url: string,
  operation: { query: string; variables: object },
  upload?: { file: File; place: string },
) {
  const operations = JSON.stringify(operation);
  if (!upload) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: operations,
    });
    return answer.json();
  }
  const body = new FormData();
  body.set('operations', operations);
  body.set('map', JSON.stringify({ 0: [upload.place] }));
  body.set('0', upload.file);
  const answer = await fetch(url, { method: 'POST', headers: { 'graphql-require-preflight': 'true' }, body });
  return answer.json();
}
