import { GraphQLUpload } from 'graphql-upload-minimal';
import { builder } from './builder.ts';

builder.addScalarType('Upload', GraphQLUpload, {
  description:
    'A file that comes with the request, as a part of `multipart/form-data` (GraphQL multipart request specification); only as a variable. In TypeScript: `File`.',
});
