import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { converse } from "../support/expect.ts";
import { privateHome } from "../support/program.ts";
import { realTest, which } from "../support/real.ts";
import type { TempDir } from "../support/temp.ts";

const CONFIG = `
auth:
  providers: {p: {kind: mock}}
  identities:
    prod-admin: {kind: mock, via: {provider: p}, tags: [red]}
    "team:dev": {kind: mock, via: {provider: p}, tags: [green]}
    "with space": {kind: mock, via: {provider: p}}
`;

/** A home with a configuration, and `atmos-auth` on PATH. */
async function scene(): Promise<{ home: TempDir; env: Record<string, string> }> {
  const home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  await home.write("some-file.txt", "");
  const launcher = await program();
  const dir = launcher.slice(0, launcher.lastIndexOf("/"));
  return {
    home,
    env: {
      HOME: home.path,
      PATH: `${dir}:/usr/bin:/bin`,
      TERM: "dumb",
      DENO: Deno.execPath(),
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      LC_ALL: "C.UTF-8",
    },
  };
}

const expect = { program: "expect", package: "expect" };
const TAB = "\t", CLEAR = "\x15";

/** What is typed before the tab key, and what the line must then read. */
const cases: [string, string][] = [
  ["atmos-auth logou", "atmos-auth logout "],
  ["atmos-auth aws eks upd", "atmos-auth aws eks update-kubeconfig "],
  ["atmos-auth env --identity prod", "atmos-auth env --identity prod-admin "],
  ["atmos-auth env --identity=prod", "atmos-auth env --identity=prod-admin "],
  ["atmos-auth env -i te", "atmos-auth env -i team:dev "],
  ["atmos-auth env -i team:", "atmos-auth env -i team:dev "],
  ["atmos-auth env --format=pow", "atmos-auth env --format=powershell "],
  ["atmos-auth env --output-f", "atmos-auth env --output-file "],
  ["atmos-auth env --output-file some-f", "atmos-auth env --output-file some-file.txt "],
  ["atmos-auth list --tags gr", "atmos-auth list --tags green "],
  ["atmos-auth list --tags red,gr", "atmos-auth list --tags red,green "],
  ["atmos-auth exec -i prod-admin -- ls some-f", "ls some-file.txt "],
];

realTest("bash without the bash-completion package completes in a terminal", [expect, {
  program: "bash",
  package: "bash",
}], async () => {
  const { home, env } = await scene();
  await using _home = home;
  await converse({
    command: ["bash", "--norc", "--noprofile", "-i"],
    env,
    cwd: home.path,
    steps: [
      {
        send: "PS1='ready> '; bind 'set enable-bracketed-paste off' 2>/dev/null\r",
        see: "ready> ",
      },
      { send: 'eval "$(atmos-auth completion bash)"; echo do"ne"\r', see: "done" },
      ...cases.map(([typed, line]) => ({ send: CLEAR + typed + TAB, see: line })),
      { send: CLEAR + "atmos-auth exec -- mkfif" + TAB, see: "mkfifo " },
      { send: CLEAR + "atmos-auth env -i with" + TAB, see: "with\\ space " },
    ],
  });
});

realTest("zsh completes in a terminal", [expect, { program: "zsh", package: "zsh" }], async () => {
  const { home, env } = await scene();
  await using _home = home;
  await converse({
    command: ["zsh", "-f", "-i"],
    env,
    cwd: home.path,
    steps: [
      { send: "PROMPT='ready> '; unsetopt zle_bracketed_paste\r", see: "ready> " },
      {
        send: "autoload -Uz compinit && compinit -u -D; unset zle_bracketed_paste\r",
        see: "ready> ",
      },
      { send: "source <(atmos-auth completion zsh); echo do'ne'\r", see: "done" },
      ...cases.map(([typed, line]) => ({ send: CLEAR + typed + TAB, see: line.trimEnd() })),
      { send: CLEAR + "atmos-auth env -i with" + TAB, see: "with\\ space" },
    ],
  });
});

realTest("fish completes", [{ program: "fish", package: "fish" }], async () => {
  const { home, env } = await scene();
  await using _home = home;
  const ask = async (line: string) => {
    const { stdout, stderr } = await new Deno.Command(which("fish")!, {
      args: [
        "--no-config",
        "-c",
        "atmos-auth completion fish | source; complete -C $argv[1]",
        line,
      ],
      env,
      clearEnv: true,
      cwd: home.path,
      stdin: "null",
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trimEnd().split("\n").map((l) => l.split("\t")[0]);
  };
  assert.deepEqual(await ask("atmos-auth logou"), ["logout"]);
  assert.deepEqual(await ask("atmos-auth env --identity prod"), ["prod-admin"]);
  assert.deepEqual(await ask("atmos-auth env --identity=prod"), ["--identity=prod-admin"]);
  assert.deepEqual(await ask("atmos-auth env -i team:"), ["team:dev"]);
  assert.deepEqual(await ask("atmos-auth list --tags red,gr"), ["red,green"]);
  assert.deepEqual(await ask("atmos-auth env --output-file some-f"), ["some-file.txt"]);
  assert.deepEqual(await ask("atmos-auth exec -- mkfif"), ["mkfifo"]);
});

realTest("shellcheck has nothing to say about the bash script", [{
  program: "shellcheck",
  package: "shellcheck",
}], async () => {
  const { home, env } = await scene();
  await using _home = home;
  const script = await new Deno.Command("atmos-auth", {
    args: ["completion", "bash"],
    env,
    clearEnv: true,
    cwd: home.path,
  }).output();
  await home.write("completion.bash", new TextDecoder().decode(script.stdout));
  const { code, stdout } = await new Deno.Command("shellcheck", {
    args: ["--shell=bash", "--exclude=SC2207", "completion.bash"],
    cwd: home.path,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stdout));
});
