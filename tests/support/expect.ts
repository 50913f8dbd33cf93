/** Drives an interactive program on a pseudo-terminal through `expect`. */
export interface Dialogue {
  command: string[];
  env: Record<string, string>;
  cwd: string;
  /** What is typed, and a text that must show up afterwards. */
  steps: { send: string; see: string }[];
  timeoutSeconds?: number;
}

/** Everything that was shown; throws with it when a text does not come. */
export async function converse(dialogue: Dialogue): Promise<string> {
  const lines = [
    `set timeout ${dialogue.timeoutSeconds ?? 20}`,
    "log_user 1",
    `spawn -noecho ${dialogue.command.map(word).join(" ")}`,
  ];
  dialogue.steps.forEach(({ send, see }, i) => {
    lines.push(
      `send -- ${word(send)}`,
      "expect {",
      `  -ex ${word(see)} {}`,
      `  timeout { puts "\\nEXPECT-FAILED ${i}"; exit 3 }`,
      `  eof { puts "\\nEXPECT-EOF ${i}"; exit 4 }`,
      "}",
    );
  });
  lines.push("close", "wait", "exit 0");
  const { code, stdout, stderr } = await new Deno.Command("expect", {
    args: ["-c", lines.join("\n")],
    env: dialogue.env,
    clearEnv: true,
    cwd: dialogue.cwd,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) {
    const at = /EXPECT-(?:FAILED|EOF) (\d+)/.exec(text);
    const step = at ? dialogue.steps[Number(at[1])] : undefined;
    throw new Error(
      `expected ${JSON.stringify(step?.see)} after ${JSON.stringify(step?.send)}:\n${text}`,
    );
  }
  return text;
}

/** A Tcl word that stands for exactly this text. */
function word(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (/["\\$\[\]{}]/.test(char)) out += "\\" + char;
    else if (code < 32 || code === 127) out += "\\x" + code.toString(16).padStart(2, "0");
    else out += char;
  }
  return out + '"';
}
