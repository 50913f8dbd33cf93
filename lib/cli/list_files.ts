/** Expiry of each listed identity, from its own files alone. */
import type { Core } from "../core/core.ts";
import { peek } from "../core/whoami.ts";
import type { Files } from "../sys/files.ts";
import type { Listing } from "./list_model.ts";
import type { CommandContext } from "./types.ts";

/** Fills in `expiry`. Thousands of identities share few files: each is read once. */
export async function readExpiries(cx: CommandContext, listing: Listing): Promise<void> {
  const shared = await cx.core();
  const core: Core = Object.create(shared, {
    deps: { value: Object.create(shared.deps, { files: { value: readOnce(cx.deps.files) } }) },
    realm: { value: shared.realm },
  });
  for (const identity of listing.identities) {
    const { expiry } = await peek(core, identity.entry!);
    identity.expiry = expiry === "unknown" ? undefined : expiry;
  }
}

/** The files as they are now, each text read at most once. */
function readOnce(files: Files): Files {
  const texts = new Map<string, string | undefined>();
  const once = (read: (path: string) => string | undefined) => (path: string) => {
    if (texts.has(path)) return texts.get(path);
    const text = read(path);
    texts.set(path, text);
    return text;
  };
  const readTextSync = once(files.readTextSync), readSecretSync = once(files.readSecretSync);
  return {
    ...files,
    readTextSync,
    readSecretSync,
    readText: (path) => Promise.resolve(readTextSync(path)),
    readSecret: (path) => Promise.resolve(readSecretSync(path)),
  };
}
