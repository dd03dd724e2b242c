/** Names of values that are never shown, in any spelling: `apiKey`, `api_key`, `X-API-Key`. */
const SECRET =
  /^(authorization|proxyauthorization|cookie|setcookie|x?apikey|key|secret|password|passwd|pwd|token|accesstoken|refreshtoken|metricstoken|credentials?|session|signature|params|parameters|args|values|variables|variablevalues|headers|rawheaders|connectionparams|usermetadata|transcript|lines|detail|where|sourceurl)$/;

/** What stands for a value that is not shown. */
export const HIDDEN = '[hidden]';

/** Whether what is called so may hold a secret, or somebody's data. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name.replace(/[-_]/g, '').toLowerCase());
}

/**
 * Every URL: its scheme; user and password; host and path; query and fragment. In a database's URL the password may
 * hold anything but blanks and quotes, and ends at the last `@`.
 */
const URLS =
  /\b(postgres(?:ql)?:\/\/)[^\s"'`<>]*@|\b([a-z][a-z0-9+.-]{1,20}:\/\/)(?:[^\s"'`<>\\/?#]*@)?([^\s"'`<>\\?#]*)([?#][^\s"'`<>\\]*)?/gi;
/** https://www.rfc-editor.org/rfc/rfc7235#section-2.1 */
const CREDENTIALS = /\b(bearer|basic)\s+[\w.~+/=:-]{8,}/gi;

/** A text without what signs or opens anything: users and queries of URLs, credentials of an Authorization header. */
export function redactText(text: string): string {
  const withoutUrls = text.includes('://')
    ? text.replace(URLS, (url, database, scheme, rest, query) => {
        if (database) return `${database}${HIDDEN}@`;
        const user = url.slice(scheme.length, url.length - rest.length - (query?.length ?? 0));
        return `${scheme}${user && `${HIDDEN}@`}${rest}${query ? `${query[0]}${HIDDEN}` : ''}`;
      })
    : text;
  return withoutUrls.replace(CREDENTIALS, (_, scheme) => `${scheme} ${HIDDEN}`);
}
