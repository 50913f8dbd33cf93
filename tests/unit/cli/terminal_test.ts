import assert from "node:assert/strict";
import { openers } from "../../../lib/cli/browser.ts";
import { inCi } from "../../../lib/cli/interactivity.ts";
import { makeTerminal, type TerminalInit } from "../../../lib/cli/terminal.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { AuthError } from "../../../lib/sys/error.ts";
import type { Spawn } from "../../../lib/sys/spawn.ts";

const ci = (vars: Record<string, string>) => inCi(fixedEnv(vars));

/** A spawn gateway on which only these programs exist; `broken` ones fail to start. */
function programs(installed: string[], broken: string[] = []) {
  const started: string[][] = [];
  const spawn: Spawn = {
    helper: () => Promise.reject(new Error("no helper here")),
    child: () => Promise.reject(new Error("no child here")),
    detached: (command, args) => {
      started.push([command, ...args]);
      return Promise.resolve(!broken.includes(command));
    },
    which: (name) =>
      installed.includes(name) ? (name.startsWith("/") ? name : `/bin/${name}`) : undefined,
  };
  return { spawn, started };
}

function terminal(
  vars: Record<string, string> = {},
  over: Partial<Record<"interactive" | "forceTty" | "noBrowser" | "stdin" | "stderr", boolean>> =
    {},
  installed: string[] = ["xdg-open"],
) {
  const lines: string[] = [];
  const { spawn, started } = programs(installed);
  const init: TerminalInit = {
    env: fixedEnv(vars),
    spawn,
    err: (text) => lines.push(text),
    flags: {
      interactive: () => over.interactive ?? true,
      forceTty: () => over.forceTty ?? false,
      noBrowser: () => over.noBrowser ?? false,
    },
    colour: () => false,
    isTerminal: (stream) => over[stream] ?? true,
  };
  return { terminal: makeTerminal(init), lines, started };
}

Deno.test("CI is told by its variables, unless they say false", () => {
  for (
    const vars of [
      { CI: "true" },
      { CI: "1" },
      { CI: "True" },
      { GITHUB_ACTIONS: "true" },
      { TF_VAR_spacelift_run_id: "x" },
      { JENKINS_URL: "http://j", BUILD_ID: "7" },
      { CI_NAME: "codeship" },
      { CI: "false", GITLAB_CI: "true" },
    ] as Record<string, string>[]
  ) assert.equal(ci(vars), true, JSON.stringify(vars));
  for (
    const vars of [
      {},
      { CI: "" },
      { CI: "false" },
      { CI: "woodpecker" },
      { GITHUB_ACTIONS: "false" },
      { TRAVIS: "0" },
      { JENKINS_URL: "http://j" },
      { BUILD_ID: "7" },
      { CI_NAME: "other" },
    ] as Record<string, string>[]
  ) assert.equal(ci(vars), false, JSON.stringify(vars));
});

Deno.test("interactive takes both terminals, the flag, and no CI", () => {
  assert.equal(terminal().terminal.interactive, true);
  assert.equal(terminal({}, { stdin: false }).terminal.interactive, false);
  assert.equal(terminal({}, { stderr: false }).terminal.interactive, false);
  assert.equal(terminal({}, { interactive: false }).terminal.interactive, false);
  assert.equal(terminal({ CI: "true" }).terminal.interactive, false);
  assert.equal(terminal({}, { stdin: false, forceTty: true }).terminal.interactive, false);
});

Deno.test("a code needs a reader only: stderr on a terminal, or --force-tty", () => {
  assert.equal(terminal({}, { stdin: false }).terminal.someoneReads, true);
  assert.equal(terminal({}, { stderr: false }).terminal.someoneReads, false);
  assert.equal(terminal({}, { stderr: false, forceTty: true }).terminal.someoneReads, true);
  assert.equal(terminal({}, { interactive: false, forceTty: true }).terminal.someoneReads, false);
});

Deno.test("a browser needs a display, and nobody far away", () => {
  const can = (vars: Record<string, string>, over = {}, installed?: string[]) =>
    terminal(vars, over, installed).terminal.canOpenBrowser;
  assert.equal(can({ DISPLAY: ":0" }), true);
  assert.equal(can({ WAYLAND_DISPLAY: "wayland-0" }), true);
  assert.equal(can({}), false);
  assert.equal(can({ DISPLAY: ":0" }, {}, []), false);
  assert.equal(can({ BROWSER: "/opt/browser" }), true);
  assert.equal(can({ BROWSER: "none", DISPLAY: ":0" }), false);
  assert.equal(can({ DISPLAY: ":0", SSH_CONNECTION: "1 2 3 4" }), false);
  assert.equal(can({ DISPLAY: ":0", CI: "true" }), false);
  assert.equal(can({ DISPLAY: ":0" }, { noBrowser: true }), false);
  assert.equal(can({ WSL_DISTRO_NAME: "Debian" }, {}, ["wslview"]), true);
});

const url = "https://login.example/?a=1&b=$(id)";

Deno.test("BROWSER entries come first, with %s replaced, the system's opener last", () => {
  const { spawn } = programs(["firefox", "/opt/my browser", "xdg-open", "w3m"]);
  const env = fixedEnv({
    BROWSER: `firefox -P "my profile" %s --x%%:missing:"/opt/my browser":w3m`,
  });
  assert.deepEqual(openers(url, { env, spawn }), [
    ["/bin/firefox", "-P", "my profile", url, "--x%"],
    ["/opt/my browser", url],
    ["/bin/w3m", url],
    ["/bin/xdg-open", url],
  ]);
});

Deno.test("each system has its opener, never a shell", () => {
  const { spawn } = programs(["/usr/bin/open", "rundll32.exe", "wslview", "xdg-open"]);
  const on = (os: "darwin" | "windows" | "linux", vars = {}) =>
    openers(url, { env: fixedEnv(vars, { os }), spawn });
  assert.deepEqual(on("darwin"), [["/usr/bin/open", url]]);
  assert.deepEqual(on("windows"), [["/bin/rundll32.exe", "url.dll,FileProtocolHandler", url]]);
  assert.deepEqual(on("linux", { WSL_INTEROP: "x" }), [["/bin/wslview", url], [
    "/bin/xdg-open",
    url,
  ]]);
});

Deno.test("the next opener is tried when one does not start", async () => {
  const { spawn, started } = programs(["one", "xdg-open"], ["/bin/one"]);
  const { openInBrowser } = await import("../../../lib/cli/browser.ts");
  const env = fixedEnv({ BROWSER: "one" });
  assert.equal(await openInBrowser(url, { env, spawn }), true);
  assert.deepEqual(started, [["/bin/one", url], ["/bin/xdg-open", url]]);
  assert.equal(await openInBrowser("file:///etc/passwd", { env, spawn }), false);
  assert.equal(await openInBrowser("--help", { env, spawn }), false);
  assert.equal(started.length, 2);
});

Deno.test("a question without a terminal is an error that names it", async () => {
  const { terminal: here } = terminal({}, { stdin: false });
  for (
    const question of [
      here.select({ title: "Which?", options: [{ value: "a" }] }),
      here.confirm({ title: "Which?" }),
      here.text({ title: "Which?" }),
      here.secret({ title: "Which?" }),
    ]
  ) {
    await assert.rejects(question, (error) => {
      assert.ok(error instanceof AuthError);
      assert.equal(error.message, "interactive mode not available: Which?");
      return true;
    });
  }
});

Deno.test("a menu without options is an error", async () => {
  await assert.rejects(
    terminal().terminal.select({ title: "Which?", options: [] }),
    /no options available: Which\?/,
  );
});

Deno.test("notices are whole lines; without colour nothing spins", async () => {
  const { terminal: here, lines } = terminal();
  here.notice("one");
  here.notice("two\nlines\n");
  here.warn("three");
  assert.equal(await here.during("Waiting", () => Promise.resolve(7)), 7);
  assert.deepEqual(lines, ["one\n", "two\nlines\n\n", "⚠ three\n"]);
});
