// What is used of @npmcli/config, which ships no types. The types on DefinitelyTyped are of version 6 and lack these parts.
declare module '@npmcli/config' {
  export default class Config {
    constructor(options: {
      npmPath: string;
      definitions: unknown;
      shorthands: unknown;
      flatten: unknown;
      execPath?: string;
      argv?: readonly string[];
      cwd?: string;
      env?: NodeJS.ProcessEnv;
      warn?: boolean;
    });
    /** The settings in the form that pacote and npm-registry-fetch take. */
    readonly flat: Record<string, unknown>;
    load(): Promise<void>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const npmDefinitions: { definitions: unknown; flatten: unknown; shorthands: unknown };
  export default npmDefinitions;
}
