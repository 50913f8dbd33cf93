/** Under which name the program runs, and what that changes (02 §1.1). */
import { argv0, takeInvokedAs } from "../sys/invoked_as.ts";

/** Credential-helper protocol that a multi-call name stands for: words after `auth credential`. */
const helpers: Record<string, string> = {
  "docker-credential-atmos-auth": "docker",
  "git-credential-atmos-auth": "git",
  "terraform-credentials-atmos-auth": "terraform",
  "bazel-credential-atmos-auth": "bazel",
};

/** What a name means. */
export type Role = { mode: "normal" } | { mode: "drop-in" } | { mode: "helper"; kind: string };

/** The role of a program name or path; `.exe` is stripped whatever its case. */
export function roleOf(invokedAs: string): Role {
  const name = lastPart(invokedAs);
  if (name === "atmos") return { mode: "drop-in" };
  const kind = helpers[name] ?? helpers[name.replace(/-atmos$/, "-atmos-auth")];
  return kind ? { mode: "helper", kind } : { mode: "normal" };
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)
    .replace(/\.exe$/i, "");
}

/** First words that mean the same under every name; the name is not asked for then. */
const sameEverywhere = new Set([
  "auth",
  "aws",
  "azure",
  "gcp",
  "profile",
  "terraform",
  "tf",
  "describe",
  "vendor",
]);

/** The name the program runs under, asked for as late as possible. */
export class ProgramName {
  private known: Role | undefined;

  private raw: string | undefined;

  constructor(handedOver: string | undefined = takeInvokedAs()) {
    this.raw = handedOver;
    if (handedOver !== undefined) this.known = roleOf(handedOver);
  }

  /** The name that users type, for completion scripts: the last part of the name as invoked. */
  get typed(): string {
    const name = lastPart(this.raw ??= argv0());
    return name === "" || /^deno(\.exe)?$/i.test(name) ? "atmos-auth" : name;
  }

  /** What is known without asking: the launcher's word. */
  get handedOver(): Role | undefined {
    return this.known;
  }

  /** The role; loads the runtime's Node layer when the launcher said nothing. */
  role(): Role {
    return this.known ??= roleOf(argv0());
  }

  /** True when these words must not be read before the name is known. */
  matters(firstWord: string | undefined): boolean {
    return this.known === undefined && !(firstWord !== undefined && sameEverywhere.has(firstWord));
  }

  /** How users type the program before a sub command of ours (02 §1.1 PROG). */
  get prog(): string {
    return this.role().mode === "drop-in" ? "atmos auth" : "atmos-auth";
  }

  /** The same before a top-level word or a global flag. */
  get progTop(): string {
    return this.role().mode === "drop-in" ? "atmos" : "atmos-auth";
  }
}
