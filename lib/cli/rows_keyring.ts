/** Rows of `keyring …` and `realm …` (03 Beyond 4, 14). */
import { formatFlag } from "./rows_common.ts";
import type { FlagDef, Rows } from "./types.ts";

function providerFlag(): FlagDef {
  return { name: "provider", short: "p", type: "boolean", text: "The name is a provider's" };
}

function realmFlag(name: string, text: string): FlagDef {
  return { name, type: "string", valueName: "realm", text };
}

function storeFlag(name: string, text: string): FlagDef {
  return { name, type: "string", values: ["system", "file"], valueName: "store", text };
}

export const keyringRows: Rows = {
  "keyring list": () => ({
    words: ["keyring", "list"],
    level: "auth",
    summary: "List what is stored, without secrets",
    flags: [
      { name: "all-realms", type: "boolean", text: "Entries of every realm" },
      formatFlag(["table", "json"], "table"),
    ],
    permissions: "files",
    load: () => import("./commands/keyring_list.ts"),
  }),
  "keyring show": () => ({
    words: ["keyring", "show"],
    level: "auth",
    summary: "Show one entry, without its secrets",
    positionals: { name: "name", min: 1, max: 1, complete: "identities" },
    flags: [providerFlag(), formatFlag(["text", "json"], "text")],
    permissions: "files",
    load: () => import("./commands/keyring_show.ts"),
  }),
  "keyring delete": () => ({
    words: ["keyring", "delete"],
    level: "auth",
    summary: "Delete one entry",
    positionals: { name: "name", min: 1, max: 1, complete: "identities" },
    flags: [
      providerFlag(),
      { name: "force", type: "boolean", text: "Ask nothing, and delete whatever is in the way" },
    ],
    permissions: "files",
    load: () => import("./commands/keyring_delete.ts"),
  }),
  "keyring migrate": () => ({
    words: ["keyring", "migrate"],
    level: "auth",
    summary: "Copy entries to another store or realm",
    flags: [
      storeFlag("from", "Store to copy from"),
      storeFlag("to", "Store to copy to (default: the configured one)"),
      realmFlag("from-realm", "Realm to copy from; empty = none (default: the realm in effect)"),
      realmFlag("to-realm", "Realm to copy to; empty = none (default: the realm in effect)"),
      { name: "delete", type: "boolean", text: "Delete what has arrived" },
    ],
    permissions: "files",
    load: () => import("./commands/keyring_migrate.ts"),
  }),
  "keyring verify": () => ({
    words: ["keyring", "verify"],
    level: "auth",
    summary: "Read every entry and tell which are damaged",
    flags: [formatFlag(["text", "json"], "text")],
    permissions: "files",
    load: () => import("./commands/keyring_verify.ts"),
  }),
  "keyring rotate-password": () => ({
    words: ["keyring", "rotate-password"],
    level: "auth",
    summary: "Encrypt the file keyring under a new password",
    flags: [
      {
        name: "new-password-file",
        type: "string",
        valueName: "file",
        complete: "files",
        text: "Take the new password from this file, which only you can read",
      },
      { name: "new-password-stdin", type: "boolean", text: "Read the new password from stdin" },
    ],
    permissions: "files",
    load: () => import("./commands/keyring_rotate_password.ts"),
  }),
  "realm show": () => ({
    words: ["realm", "show"],
    level: "auth",
    summary: "Show the realm in effect and where it comes from",
    flags: [formatFlag(["text", "json"], "text")],
    permissions: "offline",
    load: () => import("./commands/realm_show.ts"),
  }),
  "realm migrate": () => ({
    words: ["realm", "migrate"],
    level: "auth",
    summary: "Copy keyring entries from one realm to another",
    flags: [
      realmFlag("from", "Realm to copy from; empty = none"),
      realmFlag("to", "Realm to copy to; empty = none (default: the realm in effect)"),
      { name: "delete", type: "boolean", text: "Delete what has arrived" },
    ],
    permissions: "files",
    load: () => import("./commands/realm_migrate.ts"),
  }),
  "realm list": () => ({
    words: ["realm", "list"],
    level: "auth",
    summary: "List the realms that hold something on this machine",
    flags: [formatFlag(["table", "json"], "table")],
    permissions: "files",
    load: () => import("./commands/realm_list.ts"),
  }),
};
