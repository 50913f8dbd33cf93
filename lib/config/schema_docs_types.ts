/** Meaning of a key and at least one example of its value. */
export type Doc = readonly [text: string, ...examples: unknown[]];

/** By place and path of the key, e.g. `root imports.ttl`. */
export type Docs = Readonly<Record<string, Doc>>;
