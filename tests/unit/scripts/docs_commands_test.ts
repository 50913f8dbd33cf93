import assert from "node:assert/strict";
import { commandPages, shownCommands } from "../../../scripts/docs_commands.ts";

const root = new URL("../../../", import.meta.url);

Deno.test("docs/commands is what the command table says: deno task docs", () => {
  for (const [path, text] of commandPages()) {
    assert.equal(Deno.readTextFileSync(new URL(path, root)), text, path);
  }
});

Deno.test("docs/commands has no page of a command that is gone", () => {
  const pages = new Set([...commandPages().keys()].map((path) => path.replace(/.*\//, "")));
  for (const { name } of Deno.readDirSync(new URL("docs/commands/", root))) {
    assert.ok(pages.has(name), name);
  }
});

Deno.test("every page shows every flag of its command", () => {
  const pages = commandPages();
  for (const command of shownCommands()) {
    const page = pages.get(`docs/commands/${command.words.join("-")}.md`)!;
    for (const flag of command.flags) {
      assert.equal(page.includes(`\`--${flag.name}`), flag.hidden !== true, flag.name);
    }
  }
});
