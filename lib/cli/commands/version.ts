import { platform } from "../../sys/invoked_as.ts";
import { AuthError } from "../../sys/error.ts";
import type { CommandContext } from "../types.ts";
import { VERSION } from "../version_number.ts";

/** `version` (02 §4): needs no configuration. */
export async function run(cx: CommandContext): Promise<number> {
  const format = cx.text("format");
  if (format !== undefined && format !== "json" && format !== "yaml") {
    throw new AuthError({
      code: "invalid_version_format",
      message: `invalid version output format: ${format}`,
      explanation: "Supported formats: json, yaml",
      exit: 2,
    });
  }
  const { os, arch } = platform();
  const facts: Record<string, string> = { version: VERSION, os, arch };
  if (cx.bool("check")) {
    throw new AuthError({
      code: "no_release_feed",
      message: "cannot check for a newer release: this build knows no release feed",
    });
  }
  if (format === "json") cx.out(JSON.stringify(facts, null, 2) + "\n");
  else if (format === "yaml") {
    cx.out(Object.entries(facts).map(([key, value]) => `${key}: ${value}\n`).join(""));
  } else {
    cx.out(`\n👽 Atmos Auth ${VERSION} on ${os}/${arch}\n\n`);
  }
  return 0;
}
