import { denoDir } from "./program.ts";
import type { TempDir } from "./temp.ts";

/** What a conversation on a terminal came to. */
export interface Conversation {
  /** Everything the terminal showed, line ends as `\n`. */
  shown: string;
  /** Exit code of the program. */
  code: number;
  /** `stty -g` before and after. */
  before: string;
  after: string;
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * Runs a command on a pseudo-terminal of 80 by 24 and lets Tcl (`expect`) talk to it. The variable
 * `pid` is the program's process id. The environment is the given one and a private home.
 */
export async function converse(options: {
  home: TempDir;
  command: string[];
  env?: Record<string, string>;
  /** Lines for expect: `expect "Title"`, `send "j\\r"`. */
  talk: string;
}): Promise<Conversation> {
  const { home, command, env = {}, talk } = options;
  await home.write(
    "run.sh",
    `stty rows 24 columns 80\nprintf 'BEFORE=%s\\n' "$(stty -g)"\n` +
      `sh -c 'echo "PID=$$;"; exec "$@"' sh ${command.map(quoted).join(" ")}\n` +
      `code=$?\nprintf 'AFTER=%s\\nCODE=%s.\\n' "$(stty -g)" "$code"\n`,
  );
  await home.write(
    "talk.exp",
    `set timeout 20
log_user 1
spawn -noecho sh -c {trap : INT TERM HUP; . ${home.join("run.sh")}}
expect -re {PID=([0-9]+);}
set pid $expect_out(1,string)
${talk}
expect {
  -re {CODE=([0-9]+)\\.} {}
  timeout { puts "TIMEOUT"; exec kill -KILL $pid; exit 1 }
}
expect eof
`,
  );
  const { stdout } = await new Deno.Command("expect", {
    args: [home.join("talk.exp")],
    cwd: home.path,
    clearEnv: true,
    env: {
      HOME: home.path,
      PATH: Deno.env.get("PATH") ?? "",
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      TZ: "UTC",
      DENO: Deno.execPath(),
      DENO_DIR: denoDir(),
      ...env,
    },
    stdin: "null",
    stderr: "inherit",
  }).output();
  const shown = new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  const found = (pattern: RegExp) => pattern.exec(shown)?.[1] ?? "";
  return {
    shown,
    code: Number(found(/CODE=(\d+)\./) || NaN),
    before: found(/BEFORE=(\S+)/),
    after: found(/AFTER=(\S+)/),
  };
}
