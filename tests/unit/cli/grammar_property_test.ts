import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, scan, takeChdir } from "../../../lib/cli/grammar.ts";
import { globalFlags } from "../../../lib/cli/flags.ts";
import { allCommands } from "../../../lib/cli/table.ts";
import { AuthError } from "../../../lib/sys/error.ts";

const flags = [...globalFlags(), ...allCommands().flatMap((command) => command.flags)];
const word = fc.oneof(
  fc.constantFrom(...allCommands().flatMap((command) => command.words), "auth", "tf", "nope"),
  fc.constantFrom(...flags.map((flag) => `--${flag.name}`)),
  fc.constantFrom(...flags.map((flag) => `--${flag.name}=x`)),
  fc.constantFrom(
    ...flags.flatMap((flag) => flag.short ? [`-${flag.short}`, `-${flag.short}v`] : []),
  ),
  fc.constantFrom("", "-", "--", "---", "--=", "-=", "=", "--=x", "-\u0000", "a=b"),
  fc.string({ maxLength: 6 }),
);
const line = fc.array(word, { maxLength: 8 });

/** What a line came to; anything but a usage error is a bug. */
function read(argv: string[], dropIn: boolean) {
  try {
    return parse(argv, { dropIn });
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    assert.ok(error.exit === 1 || error.exit === 2);
    return undefined;
  }
}

Deno.test("any line is an invocation, a help page or a usage error", () => {
  fc.assert(fc.property(line, fc.boolean(), (argv, dropIn) => void read(argv, dropIn)), {
    numRuns: 3000,
  });
});

Deno.test("what stands behind -- reaches the command untouched", () => {
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (rest) => {
    const got = read(["exec", "--identity", "--", ...rest], false);
    assert.ok(got && !("help" in got));
    assert.deepEqual(got.rest, rest);
    assert.deepEqual([...got.globals], [["identity", { value: undefined, bare: true }]]);
  }));
});

Deno.test("flags before the command words mean the same as behind them", () => {
  const value = fc.stringMatching(/^[a-z][a-z0-9.:/_-]{0,8}$/);
  const one = fc.oneof(
    value.map((text) => [`--identity=${text}`]),
    value.map((text) => [`--logs-level=${text}`]),
    value.map((text) => ["--tags", text]),
    fc.constant(["--all"]),
    fc.constant(["-v"]),
  );
  fc.assert(fc.property(fc.array(one, { maxLength: 4 }), (parts) => {
    const words = parts.flat();
    const before = read([...words, "login"], false), behind = read(["login", ...words], false);
    assert.ok(before && behind && !("help" in before) && !("help" in behind));
    assert.deepEqual([...before.flags], [...behind.flags]);
    assert.deepEqual([...before.globals], [...behind.globals]);
  }));
});

Deno.test("taking --chdir out leaves every other word, in order", () => {
  fc.assert(fc.property(line, (argv) => {
    const { argv: left } = takeChdir(argv);
    let at = 0;
    for (const kept of left) {
      while (at < argv.length && argv[at] !== kept) at++;
      assert.ok(at < argv.length, "a word that was not there");
      at++;
    }
  }));
});

Deno.test("an unfinished line is read for completion, whatever it is", () => {
  fc.assert(
    fc.property(line, fc.boolean(), (argv, dropIn) => {
      try {
        scan(argv, { dropIn });
      } catch (error) {
        assert.ok(error instanceof AuthError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
