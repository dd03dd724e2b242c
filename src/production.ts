/*
 * Imported before anything else: unless it is told that it is no development, graphql-js looks at the names of the classes
 * of all that it compares, which took a fourteenth of the execution of a list.
 */
process.env.NODE_ENV ??= 'production';
