import type { HelperRequest, HelperResult } from "../../lib/sys/spawn.ts";

/** A play of macOS `security`: its argv, the grammar of `-i`, its exit codes and its hex output. */
export interface FakeSecurity {
  /** `service\0account` → password as stored. */
  items: Map<string, string>;
  /** Exit code of every command from now on (36 locked, 37 no keychain, …). */
  failing: number | undefined;
  run(request: HelperRequest): Partial<HelperResult>;
}

export function fakeSecurity(): FakeSecurity {
  const items = new Map<string, string>();
  const security: FakeSecurity = {
    items,
    failing: undefined,
    run(request) {
      if (request.command !== "/usr/bin/security") throw new Error(`not ${request.command}`);
      if (request.args.join(" ") !== "-i") return command(request.args);
      let last: Partial<HelperResult> = { code: 0 };
      let stderrText = "";
      for (const line of String(request.stdin).split("\n")) {
        if (line === "") continue;
        if (new TextEncoder().encode(line).length > 4095) throw new Error("line is cut at 4096");
        const words = wordsOf(line);
        last = command(words);
        if (last.code) stderrText += `${words[0]}: returned ${-25200 - last.code}\n`;
      }
      return { code: last.code, stderrText };
    },
  };

  function command([name, ...args]: string[]): Partial<HelperResult> {
    if (security.failing !== undefined) {
      return { code: security.failing, stderrText: "security: SecKeychain: failed\n" };
    }
    const key = `${option(args, "-s")}\0${option(args, "-a")}`;
    const found = items.get(key);
    const missing = {
      code: 44,
      stderrText: "security: SecKeychainSearchCopyNext: The specified item could not be found.\n",
    };
    switch (name) {
      case "find-generic-password":
        if (found === undefined) return missing;
        return { stdoutText: args.some((a) => /^-\w*w/.test(a)) ? `${printed(found)}\n` : "" };
      case "add-generic-password":
        if (found !== undefined && !args.includes("-U")) return { code: 45 };
        items.set(key, option(args, "-w") ?? "");
        return { code: 0 };
      case "delete-generic-password":
        if (found === undefined) return missing;
        items.delete(key);
        return { code: 0, stdoutText: "password has been deleted.\n" };
      case "dump-keychain":
        if (args.includes("-d")) throw new Error("-d asks for every secret");
        return { stdoutText: [...items.keys()].map(dumped).join("") };
      default:
        throw new Error(`unknown command ${name}`);
    }
  }
  return security;
}

/** Value of `-x v`, `-xv`, or the last of grouped letters (`-wa v`). */
function option(args: string[], letter: string): string | undefined {
  for (let i = 0; i < args.length; i++) {
    if (args[i] === letter) return args[i + 1];
    if (/^-\w+$/.test(args[i]!) && args[i]!.endsWith(letter.slice(1))) return args[i + 1];
  }
  return undefined;
}

/** The splitter of `security -i`: quotes end a word, a backslash escapes everywhere. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined, quote = "";
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === "\\") word = (word ?? "") + (line[++i] ?? "");
    else if (quote) {
      if (c === quote) {
        words.push(word ?? "");
        word = undefined;
        quote = "";
      } else word = (word ?? "") + c;
    } else if (c === '"' || c === "'") quote = c;
    else if (c === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** `-w` prints what is not ASCII as bare hex. */
function printed(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : new TextEncoder().encode(value).toHex();
}

function dumped(key: string): string {
  const [service, account] = key.split("\0");
  const blob = (text: string) =>
    /^[\x20-\x7e]*$/.test(text)
      ? `"${text}"`
      : `0x${new TextEncoder().encode(text).toHex().toUpperCase()}  "…"`;
  return `keychain: "/Users/u/Library/Keychains/login.keychain-db"
version: 512
class: "genp"
attributes:
    0x00000007 <blob>=${blob(service!)}
    0x00000008 <blob>=<NULL>
    "acct"<blob>=${blob(account!)}
    "cdat"<timedate>=0x32303236303130323033303430355A00  "20260102030405Z\\000"
    "desc"<blob>=<NULL>
    "svce"<blob>=${blob(service!)}
    "type"<uint32>=<NULL>
`;
}
