import { AuthError } from "../sys/error.ts";
import { processEnv, systemEnv } from "../sys/env.ts";
import { changeWorkdir } from "../sys/workdir.ts";

/**
 * Changes to the directory of `--chdir`, else of `ATMOS_CHDIR` (02 §1.2-1), and sets `PWD` for
 * children. Throws `workdir_not_found` with the absolute path.
 */
export function enterWorkdir(flag: string | undefined): void {
  const env = systemEnv();
  let dir = flag ?? env.nonEmpty("ATMOS_CHDIR");
  if (dir === undefined) return;
  if (dir === "~" || dir.startsWith("~/") || (env.os === "windows" && dir.startsWith("~\\"))) {
    dir = (env.home() ?? "~") + dir.slice(1);
  }
  const to = changeWorkdir(dir);
  if (to.state !== "changed") {
    const why = {
      "missing": "directory does not exist",
      "not-a-directory": "not a directory",
      "denied": "permission denied",
    }[to.state];
    throw new AuthError({
      code: "workdir_not_found",
      message: `workdir does not exist: ${why}: ${to.path}`,
      hints: ["Check the path given with `--chdir` or `ATMOS_CHDIR`"],
    });
  }
  processEnv.set("PWD", to.path);
}
