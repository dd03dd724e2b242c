/** The package has its types in comments, which TypeScript reads only with `allowJs`. */
declare module 'apollo-upload-client/UploadHttpLink.mjs' {
  import type { ApolloLink } from '@apollo/client';
  import type { HttpLink } from '@apollo/client/link/http';

  export default class UploadHttpLink extends ApolloLink {
    constructor(options?: HttpLink.Options);
  }
}
