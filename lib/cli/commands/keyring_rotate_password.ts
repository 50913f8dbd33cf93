import { keyringDoors } from "../../core/credential_store.ts";
import { AuthError } from "../../core/types.ts";
import { openFile } from "../../store/keyring_open.ts";
import { askNew, newPassword, passwordFromFile } from "../../store/keyring_password.ts";
import { readStdin } from "../../sys/stdin.ts";
import type { CommandContext } from "../types.ts";

/** `auth keyring rotate-password` (03 Beyond 4): the file keyring under a new password. */
export async function run(cx: CommandContext): Promise<number> {
  const { config } = await cx.core();
  if (config.keyring.type !== "file") {
    throw new AuthError({
      code: "keyring_has_no_password",
      message: `the ${config.keyring.type} keyring has no password of ours`,
      hints: ["Set `ATMOS_KEYRING_TYPE=file` to change the password of the file keyring"],
    });
  }
  const store = await openFile(config.keyring, keyringDoors(cx.deps));
  const count = await store.rotate(await wanted(cx));
  cx.err(`✓ Keyring password changed: ${count} ${count === 1 ? "entry" : "entries"}\n`);
  return 0;
}

async function wanted(cx: CommandContext): Promise<Uint8Array<ArrayBuffer>> {
  const file = cx.text("new-password-file");
  if (file !== undefined) return newPassword(await passwordFromFile(file, cx.deps));
  if (cx.bool("new-password-stdin")) {
    return newPassword((await readStdin(64 * 1024)).replace(/\r?\n$/, ""));
  }
  const { terminal } = cx.deps;
  if (terminal.interactive) {
    return await askNew(
      (title) => terminal.secret({ title, required: true }),
      (text) => terminal.notice(text),
      "Enter new keyring password",
    );
  }
  throw new AuthError({
    code: "keyring_password_required",
    message: "keyring password required: interactive mode not available",
    hints: ["Give the new password by `--new-password-file` or `--new-password-stdin`"],
  });
}
