/**
 * Writes its sections again and again until it is killed: `ini_worker.ts FILE COUNT PAUSE NAME…`,
 * with up to PAUSE ms between two writes. After each it prints `NAME N`, so that what was
 * acknowledged must be in the file.
 */
import { setSection, updateIni } from "../../lib/store/ini.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { systemLocks } from "../../lib/sys/locks.ts";

const [path, first, pause, ...names] = Deno.args as [string, string, string, ...string[]];
const files = systemFiles();
files.grant(path.slice(0, path.lastIndexOf("/")));
const locks = systemLocks({ ensureDir: (dir) => files.ensureDir(dir) });

for (let n = Number(first);; n++) {
  for (const name of names) {
    const value = String(n);
    await updateIni({ files, locks }, path, (text) =>
      setSection(text, {
        name,
        values: {
          aws_access_key_id: value,
          aws_secret_access_key: value,
          aws_session_token: value,
        },
        note: { issued: value },
      }));
    Deno.stdout.writeSync(new TextEncoder().encode(`${name} ${value}\n`));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Number(pause)));
  }
}
