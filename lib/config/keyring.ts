import type { KeyringSetting } from "../core/types.ts";
import { AuthError } from "../sys/error.ts";
import type { Env } from "../sys/env.ts";
import { isAbsolute, join, keyringDir } from "../store/paths.ts";
import { absolute } from "./absolute.ts";
import type { Node } from "./node.ts";
import { nearest } from "./suggest.ts";
import { boolOf, intOf, nodeAt, textOf, typeNode } from "./typing.ts";

/** Keyring types of 03 §6.1. */
export const KEYRING_TYPES: readonly string[] = ["system", "file", "memory", "none", "auto"];

const SPEC_KEYS = [
  "path",
  "password_env",
  "iterations",
  "pass_to_children",
  "password_file",
  "password_command",
];

const LEAST_ITERATIONS = 8_192, MOST_ITERATIONS = 1_300_000, ITERATIONS = 600_000;

/**
 * `auth.keyring` with the variables that win over it (03 §6.1). Throws AuthError
 * `unsupported_keyring_type` and `invalid_auth_config`; a value is never echoed where a password
 * may have been pasted.
 */
export function keyringSetting(
  env: Env,
  keyring: Node | undefined,
  place: { readonly basePath: string },
): KeyringSetting {
  const type = env.nonEmpty("ATMOS_KEYRING_TYPE") ?? (textOf(keyring, "type") || "system");
  if (!KEYRING_TYPES.includes(type)) {
    throw new AuthError({
      code: "unsupported_keyring_type",
      message: `unsupported keyring type: ${type}`,
      hints: [`Use one of: ${KEYRING_TYPES.join(", ")}`],
    });
  }
  const spec = nodeAt(keyring, "spec");
  const from = (text: string) => absolute(env, place.basePath, text);
  const passwordFile = textOf(spec, "password_file");
  const passwordCommand = nodeAt(spec, "password_command");
  return {
    type,
    path: keyringPath(env, textOf(spec, "path"), from),
    passwordEnv: passwordVariable(env, textOf(spec, "password_env")),
    iterations: iterations(textOf(spec, "iterations")),
    passToChildren: boolOf(textOf(spec, "pass_to_children") ?? "")?.value ?? false,
    ...(passwordFile ? { passwordFile: from(passwordFile) } : {}),
    ...(passwordCommand
      ? { passwordCommand: typeNode(passwordCommand, { type: "strings" }, {}) as string[] }
      : {}),
    warnings: keyringWarnings(type, spec),
  };
}

function keyringPath(
  env: Env,
  written: string | undefined,
  from: (text: string) => string,
): string {
  const chosen = env.nonEmpty("ATMOS_KEYRING_FILE_PATH");
  if (chosen) return isAbsolute(env, chosen) ? chosen : join(env, env.cwd(), chosen);
  return written ? from(written) : keyringDir(env);
}

function passwordVariable(env: Env, written: string | undefined): string {
  const chosen = env.nonEmpty("ATMOS_KEYRING_PASSWORD_ENV");
  const name = chosen ?? written ?? "ATMOS_KEYRING_PASSWORD";
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  const place = chosen ? "ATMOS_KEYRING_PASSWORD_ENV" : "auth.keyring.spec.password_env";
  throw new AuthError({
    code: "invalid_auth_config",
    message: `invalid auth config: ${place} must be the name of an environment variable`,
    hints: ["Put the password into a variable and name that variable here"],
  });
}

function iterations(written: string | undefined): number {
  const asked = intOf(written ?? "") ?? ITERATIONS;
  return Math.min(Math.max(asked, LEAST_ITERATIONS), MOST_ITERATIONS);
}

/** What in `auth.keyring.spec` does nothing, or not what it says. */
export function keyringWarnings(type: string, spec: Node | undefined): string[] {
  if (spec?.t !== "map") return [];
  const warnings: string[] = [];
  for (const key of spec.entries.keys()) {
    if (!SPEC_KEYS.includes(key)) {
      const near = nearest(key, SPEC_KEYS)[0];
      warnings.push(
        `unknown key auth.keyring.spec.${key}` + (near ? `, did you mean ${near}?` : ""),
      );
    } else if (type !== "file" && type !== "auto") {
      warnings.push(`auth.keyring.spec.${key} is ignored with keyring type ${type}`);
    }
  }
  const asked = intOf(textOf(spec, "iterations") ?? "");
  if (asked !== undefined && asked !== iterations(String(asked))) {
    warnings.push(
      `auth.keyring.spec.iterations ${asked} is outside ${LEAST_ITERATIONS} to ` +
        `${MOST_ITERATIONS}; ${iterations(String(asked))} is used`,
    );
  }
  return warnings;
}
