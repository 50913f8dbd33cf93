import assert from "node:assert/strict";
import { iniDamage, readSection, sectionNames } from "../../lib/store/ini.ts";
import { tempDir } from "../support/temp.ts";

/** `ATMOS_AUTH_TEST_FULL=1`: 50 writers for half a minute; else what fits into every run. */
const full = Deno.env.get("ATMOS_AUTH_TEST_FULL") === "1";
const WRITERS = full ? 50 : 8;
const DURATION_MS = full ? 30_000 : 4_000;
const IDENTITIES = 3;
/** The lock is polled and not fair: writers that never rest would starve each other past its 10 s. */
const PAUSE_MS = 10 * WRITERS;

interface Writer {
  names: string[];
  process: Deno.ChildProcess;
  complaint: Promise<string>;
  done: Promise<void>;
}

const FOREIGN = "# by hand\n[foreign]\naws_access_key_id = kept\n";

Deno.test("writers that are killed at any moment tear no file and lose no section", async () => {
  await using dir = await tempDir();
  const path = dir.join("aws/sso/credentials");
  await Deno.mkdir(dir.join("aws/sso"), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, FOREIGN, { mode: 0o600 });
  /** Name → highest value that a writer said it had written. */
  const acknowledged = new Map<string, number>();
  const start = (names: string[]): Writer => {
    const first = Math.max(0, ...names.map((name) => acknowledged.get(name) ?? 0)) + 1;
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-all",
        new URL("../support/ini_worker.ts", import.meta.url).pathname,
        path,
        String(first),
        String(PAUSE_MS),
        ...names,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const complaint = new Response(process.stderr).text();
    return { names, process, complaint, done: collect(process, acknowledged) };
  };
  const writers = Array.from(
    { length: WRITERS },
    (_, i) => start(Array.from({ length: IDENTITIES }, (_, j) => `writer-${i}-identity-${j}`)),
  );
  const deadline = Date.now() + DURATION_MS;
  let looks = 0, kills = 0;
  try {
    while (Date.now() < deadline || kills < WRITERS / 2) {
      check(await Deno.readTextFile(path));
      looks++;
      if (looks % 10 === 0 && acknowledged.size > 0) {
        const i = Math.floor(Math.random() * writers.length);
        await kill(writers[i]!);
        kills++;
        writers[i] = start(writers[i]!.names);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    await Promise.all(writers.map(kill));
  }
  assert.ok(acknowledged.size > 0 && kills > 0);
  const text = await Deno.readTextFile(path);
  check(text);
  assert.ok(text.startsWith(FOREIGN));
  for (const [name, value] of acknowledged) {
    const section = readSection(text, name);
    assert.ok(section, `${name} is lost`);
    assert.ok(Number(section.values.aws_session_token) >= value, `${name} went back in time`);
  }
  assert.equal((await Deno.lstat(path)).mode! & 0o777, 0o600);
});

async function kill(writer: Writer): Promise<void> {
  try {
    writer.process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended by itself: told by `done`
  }
  const { signal } = await writer.process.status;
  await writer.done;
  assert.equal(signal, "SIGKILL", await writer.complaint);
}

/** Every section is whole: its values and its comment are of one write. */
function check(text: string): void {
  assert.equal(iniDamage(text), undefined);
  for (const name of sectionNames(text)) {
    if (name === "foreign") continue;
    const { values, note } = readSection(text, name)!;
    const all = new Set([
      values.aws_access_key_id,
      values.aws_secret_access_key,
      values.aws_session_token,
      note?.issued,
    ]);
    assert.equal(all.size, 1, `${name} is torn`);
  }
}

async function collect(
  process: Deno.ChildProcess,
  acknowledged: Map<string, number>,
): Promise<void> {
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop()!;
    for (const line of lines) {
      const [name, value] = line.split(" ");
      acknowledged.set(name!, Math.max(Number(value), acknowledged.get(name!) ?? 0));
    }
  }
}
