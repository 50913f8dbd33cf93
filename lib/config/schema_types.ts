/**
 * The vocabulary of the schema table. The table itself is data in `schema_<cloud>.ts`; it types,
 * validates, documents and prints the JSON Schema of everything below `auth:` (01 §4, §9). Kinds
 * stand behind functions, so that importing the table builds nothing.
 */

/**
 * What a position holds (01 §1.13).
 * `string` source text of any scalar · `bool` · `int` · `duration` text of 01 §5.3 · `path` text
 * that becomes absolute (01 §1.10) · `strings` list of texts or one text split at commas · `map` ·
 * `list` list of maps · `env` list of `{key, value}` or a map · `any` left as it stands.
 */
export type FieldType =
  | "string"
  | "bool"
  | "int"
  | "duration"
  | "path"
  | "strings"
  | "map"
  | "list"
  | "env"
  | "any";

/** Shapes of text that have a name in messages. Each is checked in `check_fields.ts`. */
export type Format =
  | "url"
  | "https-url"
  | "role-arn"
  | "account-id"
  | "account-id-or-root-arn"
  | "root-task-policy"
  | "gcp-email"
  | "digits"
  | "no-slash"
  | "octal-mode"
  | "base-path"
  | "variable-name";

/** One key: what it holds, whether it must be there, and what is said when it is wrong. */
export interface Field {
  type: FieldType;
  /** Message when the key is missing or empty (01 §5.2). */
  required?: string;
  /** Other keys beside it that can supply it (06 §1.3), for the JSON Schema. */
  filledBy?: readonly string[];
  /** Closed set of values. */
  values?: readonly string[];
  /** Compare with `values` without regard to case. */
  anyCase?: true;
  /** Further spellings that are taken and not advertised. */
  also?: readonly string[];
  /** Whole message when the value is none of `values`, `%s` standing for it. */
  wrong?: string;
  format?: Format;
  /** For editors: what the text looks like, where the rule itself stands in code of its own. */
  pattern?: string;
  /** `path`: relative ones start at the directory of their own file, not at the base path. */
  besideFile?: true;
  /** Known keys of a map (or of each item of a `list`). */
  fields?: Fields;
  /** Shape of every value of a map whose keys are free names. */
  each?: Field;
  /** A map position also takes a scalar (`principal.account`). */
  scalar?: true;
  /** `strings`: one text splits at blanks too. */
  blanks?: true;
  /** Value that acts when the key is absent; printed, never filled in. */
  default?: string | number | boolean | readonly string[];
  /** Seconds; outside is clamped with a warning (01 §5.3). */
  min?: number;
  max?: number;
  secret?: true;
  /** Deprecated: the path that replaces it, relative to the entry. */
  replacedBy?: string;
  /** Accepted, but has no effect here: the text of a warning, `%s` standing for the key. */
  noEffect?: string;
  /** In the schema, but to use it is an error; the value is the one that asks for nothing. */
  refused?: { unless: string };
}

export type Fields = { readonly [key: string]: Field };

export type Role = "provider" | "identity" | "integration";

/** What a kind hands to the next link of a chain (04 §1). */
export type Yield =
  | "aws-bearer"
  | "saml-assertion"
  | "oidc-token"
  | "aws"
  | "azure"
  | "gcp"
  | "atmos-pro"
  | "mock"
  | "none";

/** One kind in one role. */
export interface KindSchema {
  /** Class of its fields' errors and its place in the reference pages. */
  cloud: "aws" | "azure" | "gcp" | "github" | "other";
  /** Known keys besides the common ones of the role; one that is common too replaces it. */
  fields: Fields;
  /** Identities: what `via` must be. Integrations: always one of both. */
  via?: "provider" | "identity" | "either" | "optional" | "forbidden" | "ignored";
  /** Message when `via` is wrong, instead of the general one. */
  viaMessage?: string;
  yields?: Yield;
  /** Identities and integrations: what may stand before them. */
  takes?: readonly Yield[];
  /** Keys of `principal` that only some input can honour. */
  onlyAfter?: readonly { keys: readonly string[]; input: Yield; severity: "error" | "warning" }[];
  /** Providers: keys that may stand beside `spec` as well as in it (06 §1.1). */
  hoist?: readonly string[];
  /** Texts lose blanks at both ends (06 §1.1). */
  trim?: true;
  /** Where a value comes from when the entry has none: first the variable, then the setting. */
  fallbacks?: readonly Fallback[];
  /** Brings other spellings of the same thing into one, in place, on typed values. */
  unify?: (values: Record<string, unknown>) => void;
  /** Rules over several keys (01 §5.2). */
  rules?: (written: Written) => RuleProblem[];
}

/** What a rule of a kind found; `path` is relative to the entry. */
export interface RuleProblem {
  path: readonly string[];
  code: string;
  text: string;
  severity?: "warning";
  /** Without the class `invalid provider config` or `invalid identity config` in front. */
  bare?: true;
  hint?: string;
}

/** The completed values of an entry as a rule sees them; a function that was not run is text. */
export interface Written {
  /** undefined when absent or empty. */
  text(...path: string[]): string | undefined;
  /** Something other than null stands there. */
  has(...path: string[]): boolean;
}

/** `key` is a dotted path in the entry, `setting` one from the root of the configuration. */
export interface Fallback {
  key: string;
  env?: string;
  setting?: string;
}

export type KindTable = { readonly [kind: string]: () => KindSchema };

/** The kinds of one cloud by role. */
export interface CloudSchema {
  provider: KindTable;
  identity: KindTable;
  integration: KindTable;
}
