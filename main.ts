import { runProgram } from "./lib/cli/main.ts";

Deno.exit(await runProgram(Deno.args));
