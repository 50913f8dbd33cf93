/** Credential Manager through PowerShell and `advapi32.dll` (03 §6.7). */
import { AuthError } from "../sys/error.ts";
import type { KeyringDoors } from "./keyring_open.ts";
import {
  ACCOUNT,
  firstLine,
  helperFailed,
  type Probe,
  PROBE_KEY,
  PROBE_TIMEOUT_MS,
  runHelper,
  type SystemBackend,
  unusable,
} from "./keyring_system.ts";
import { powershellScript } from "./keyring_windows_script.ts";

/** CRED_MAX_CREDENTIAL_BLOB_SIZE. */
const LIMIT = 2560;
/** ERROR_NO_SUCH_LOGON_SESSION: a network logon (SSH, a service) has no credential set. */
const NO_LOGON_SESSION = 1312;

interface Operation {
  op: "get" | "set" | "delete" | "list";
  key: string;
  value?: string;
}

interface Answer {
  /** Base64 of UTF-8. */
  value?: string;
  keys?: string[];
  missing?: boolean;
  /** Win32 error code. */
  error?: number;
}

export function windowsBackend(doors: KeyringDoors): SystemBackend {
  const command = `${doors.env.nonEmpty("SystemRoot") ?? "C:\\Windows"}` +
    "\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
  // The script is constant; names and secrets go through stdin.
  const args = [
    "-NoProfile",
    "-NonInteractive",
    "-ExecutionPolicy",
    "Bypass",
    "-EncodedCommand",
    utf16Base64(powershellScript),
  ];

  /** Many operations in one start, which costs up to a second. */
  async function run(operations: Operation[]): Promise<Answer[]> {
    const result = await runHelper(doors, { command, args, stdin: lines(operations) });
    const answers = answersIn(result.stdoutText);
    if (typeof answers === "string") throw unusable(answers);
    for (const { error } of answers ?? []) {
      if (error === NO_LOGON_SESSION) throw unusable("this logon session has no credential store");
      if (error !== undefined) throw helperFailed("access", `Windows error ${error}`);
    }
    if (answers?.length !== operations.length) {
      throw helperFailed("access", firstLine(result.stderrText));
    }
    return answers;
  }

  const one = async (operation: Operation) => (await run([operation]))[0]!;

  async function probe(): Promise<Probe> {
    try {
      const result = await doors.spawn.helper({
        command,
        args,
        stdin: lines([{ op: "get", key: PROBE_KEY }]),
        timeoutMs: PROBE_TIMEOUT_MS,
      });
      if (result.timedOut) return { reason: "PowerShell did not answer within 3 s" };
      const answers = answersIn(result.stdoutText);
      if (typeof answers === "string") return { reason: answers };
      if (answers?.[0]?.error === NO_LOGON_SESSION) {
        return { reason: "this logon session has no credential store" };
      }
      return answers?.length === 1 ? {} : { reason: firstLine(result.stderrText) };
    } catch (error) {
      if (error instanceof AuthError && error.code === "helper_not_found") {
        return { reason: "PowerShell is missing" };
      }
      throw error;
    }
  }

  return {
    location: "Windows Credential Manager",
    limit: LIMIT,
    probe,
    get: async (key) => decoded(await one({ op: "get", key })),
    set: async (key, value) => void await one({ op: "set", key, value }),
    delete: async (key) => !(await one({ op: "delete", key })).missing,
    list: async () =>
      ((await one({ op: "list", key: "" })).keys ?? [])
        .filter((target) => target.startsWith("atmos_") && target.endsWith(`:${ACCOUNT}`))
        .map((target) => target.slice(0, -ACCOUNT.length - 1))
        .sort(),
    getMany: async (keys) => (await run(keys.map((key) => ({ op: "get", key })))).map(decoded),
    setMany: async (entries) =>
      void await run(entries.map(([key, value]) => ({ op: "set", key, value }))),
  };
}

function decoded(answer: Answer): string | undefined {
  return answer.value === undefined
    ? undefined
    : new TextDecoder().decode(Uint8Array.fromBase64(answer.value));
}

/** Three lines an operation: word, target, base64 of the secret. */
function lines(operations: Operation[]): string {
  return operations.map(({ op, key, value }) => {
    const target = op === "list" ? "atmos_*" : `${key}:${ACCOUNT}`;
    if (/[\r\n\0]/.test(target)) throw helperFailed("access", "the name contains a line break");
    return `${op}\n${target}\n${new TextEncoder().encode(value ?? "").toBase64()}\n`;
  }).join("");
}

/** The answers, or the reason why the script could not run at all, or undefined for anything else. */
function answersIn(stdout: string): Answer[] | string | undefined {
  const answers: Answer[] = [];
  for (const line of stdout.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    try {
      const answer = JSON.parse(line);
      if (typeof answer.unusable === "string") return answer.unusable;
      answers.push(answer);
    } catch {
      return undefined;
    }
  }
  return answers;
}

/** What `-EncodedCommand` takes: base64 of UTF-16LE. */
function utf16Base64(text: string): string {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return bytes.toBase64();
}
