import assert from "node:assert/strict";
import { renderError } from "../../../lib/cli/errors.ts";
import { AuthError } from "../../../lib/sys/error.ts";

const plain = { colour: false, verbose: false, format: "text" as const };

Deno.test("an error is a block of title, message, explanation and hints", () => {
  const error = new AuthError({
    code: "identity_not_found",
    message: "identity not found",
    explanation: "Identity `nonexistent` is not defined in the currently loaded auth config.",
    hints: ["Run `atmos auth list` to see available identities"],
  });
  assert.equal(
    renderError(error, plain),
    `
# Error

**Error:** identity not found

Identity nonexistent is not defined in the currently loaded auth config.

💡 Run atmos auth list to see available identities
`,
  );
});

Deno.test("a block without explanation and hints ends after the message", () => {
  assert.equal(
    renderError(new AuthError({ code: "x", message: "m" }), plain),
    "\n# Error\n\n**Error:** m\n",
  );
});

Deno.test("an example stands fenced between explanation and hints", () => {
  const error = new AuthError({
    code: "x",
    message: "m",
    explanation: "e",
    example: "auth:\n  a: `b`\n",
    hints: ["one", "two"],
  });
  assert.equal(
    renderError(error, plain),
    "\n# Error\n\n**Error:** m\n\ne\n\n## Example\n\n```\nauth:\n  a: `b`\n```\n\n💡 one\n\n💡 two\n",
  );
});

Deno.test("without a terminal long lines are never wrapped", () => {
  const message = "word ".repeat(100).trim();
  assert.ok(renderError(new AuthError({ code: "x", message }), plain).includes(message));
});

Deno.test("on a colour terminal text is wrapped, bold and free of marks", () => {
  const error = new AuthError({ code: "x", message: "word ".repeat(40).trim(), hints: ["`run`"] });
  const text = renderError(error, { ...plain, colour: true, columns: 40 });
  assert.ok(!text.includes("**") && !text.includes("`"));
  assert.ok(text.includes("\x1b[1mError:\x1b[0m"));
  for (const line of text.split("\n")) {
    // deno-lint-ignore no-control-regex
    assert.ok(line.replace(/\x1b\[[0-9;]*m/g, "").length <= 40, line);
  }
});

Deno.test("--verbose adds context and the stack of every cause", () => {
  const error = new AuthError({
    code: "x",
    message: "outer",
    context: { identity: "prod" },
    cause: new Error("inner reason"),
  });
  const text = renderError(error, { ...plain, verbose: true });
  assert.match(text, /\n## Context\n\nKey \| Value\nidentity \| prod\n\n## Stack Trace\n\n/);
  assert.match(text, /Caused by: Error: inner reason/);
});

Deno.test("--error-format json is one object on one line", () => {
  const error = new AuthError({ code: "c", message: "m", explanation: "e", hints: ["h"], exit: 2 });
  assert.equal(
    renderError(error, { ...plain, format: "json" }),
    '{"error":{"code":"c","message":"m","explanation":"e","hints":["h"],"exit_code":2}}\n',
  );
});

Deno.test("what nobody foresaw is an internal error with exit code 1", () => {
  const text = renderError(new TypeError("x is undefined"), plain);
  assert.match(text, /\*\*Error:\*\* internal error: x is undefined\n/);
  const json = JSON.parse(renderError("odd", { ...plain, format: "json" }));
  assert.equal(json.error.code, "internal_error");
  assert.equal(json.error.exit_code, 1);
});
