/** Name handed over by the bundle's launcher (02 §1.1); removed at once, children never see it. */
export function takeInvokedAs(): string | undefined {
  const name = Deno.env.get("ATMOS_AUTH_INVOKED_AS");
  if (name === undefined) return undefined;
  Deno.env.delete("ATMOS_AUTH_INVOKED_AS");
  return name === "" ? undefined : name;
}

/**
 * The name as invoked, links not resolved. Loads the runtime's Node layer (15 ms): asked only where
 * the answer can change something.
 */
export function argv0(): string {
  const { process } = globalThis as unknown as { process?: { argv0?: string } };
  return process?.argv0 ?? "";
}

/** Operating system and processor in the words of releases: `linux`, `amd64`. */
export function platform(): { os: "linux" | "darwin" | "windows"; arch: "amd64" | "arm64" } {
  const { os, arch } = Deno.build;
  return {
    os: os === "windows" ? "windows" : os === "darwin" ? "darwin" : "linux",
    arch: arch === "aarch64" ? "arm64" : "amd64",
  };
}
