/** Stable machine-readable error codes. Every code has a row in `lib/core/error_table.ts` (cause, remedy), from which docs/errors.md is printed. */
export type ErrorCode = string;

/** What an {@link AuthError} is made of. */
export interface AuthErrorInit {
  /** Stable code, snake_case, e.g. `identity_not_found`. */
  code: ErrorCode;
  /** One line: the sentinel of 02 §3.4 first, details after `: `. Never a secret. */
  message: string;
  /** Paragraphs printed below the message; `\n\n` separates paragraphs. */
  explanation?: string;
  /** Ways out, one sentence each. Backticks mark commands. */
  hints?: string[];
  /** Fenced block under `## Example`. */
  example?: string;
  /** Key/value rows printed with `--verbose` only. */
  context?: Record<string, string>;
  /** The underlying error; its text is wrapped, never printed raw above trace level. */
  cause?: unknown;
  /** Process exit code, 02 §3.1. Default 1. */
  exit?: number;
  /** Title of the block; default `Error`, usage errors `Incorrect Usage`. */
  title?: string;
}

/**
 * The one error class of the program: thrown where the fact is known, rendered once, in `lib/cli`.
 * `exit` of a wrapped `AuthError` cause wins unless the wrapper sets one (02 §3.1: the innermost explicit code).
 */
export class AuthError extends Error {
  readonly code: ErrorCode;
  readonly explanation?: string;
  readonly hints: string[];
  readonly example?: string;
  readonly context: Record<string, string>;
  readonly exit: number;
  readonly title: string;

  constructor(init: AuthErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = "AuthError";
    this.code = init.code;
    this.explanation = init.explanation;
    this.hints = init.hints ?? [];
    this.example = init.example;
    this.context = init.context ?? {};
    this.exit = init.exit ?? (init.cause instanceof AuthError ? init.cause.exit : 1);
    this.title = init.title ?? "Error";
  }
}

/** The user pressed Ctrl-C or Esc, or a signal ended the wait: exit 130 (02 §3.1). */
export function userAborted(): AuthError {
  return new AuthError({ code: "user_aborted", message: "user aborted", exit: 130 });
}
