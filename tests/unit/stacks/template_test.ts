import assert from "node:assert/strict";
import { render } from "../../../lib/stacks/template.ts";

const data = {
  vars: { tenant: "Acme", stage: "dev", empty: "", nested: { deep: "x" }, n: "7" },
  settings: { on: true },
};
const go = (text: string, ignoreMissing = false) =>
  render(text, data, { where: "t", ignoreMissing });

const cases: [string, string][] = [
  ["plain", "plain"],
  ["{{ .vars.tenant }}-{{.vars.stage}}", "Acme-dev"],
  ["{{ .vars.nested.deep }}", "x"],
  ["{{- .vars.stage -}} ", "dev"],
  ["a {{- /* gone */ -}} b", "ab"],
  ["{{ if .vars.empty }}e{{ else }}{{ .vars.stage }}{{ end }}", "dev"],
  ["{{ if .vars.none }}a{{ else if .settings.on }}b{{ else }}c{{ end }}", "b"],
  ["{{ if .vars.tenant }}t{{ if .vars.empty }}e{{ end }}{{ end }}", "t"],
  ['{{ printf "%s-%s" .vars.tenant .vars.stage }}', "Acme-dev"],
  ['{{ printf "%v/%03d%%" .vars.n .vars.n }}', "7/007%"],
  ["{{ .vars.tenant | lower }}", "acme"],
  ['{{ lower (printf "%s" .vars.tenant) }}', "acme"],
  ['{{ default "none" .vars.empty }}', "none"],
  ['{{ .vars.stage | default "none" }}', "dev"],
  ["{{ .vars.none | default `raw` }}", "raw"],
  ["{{ .vars.nested }}", "map[deep:x]"],
];

for (const [text, expected] of cases) {
  Deno.test(`the template ${text} gives ${expected}`, () => assert.equal(go(text), expected));
}

Deno.test("a missing key is an error unless it may be missing", () => {
  assert.throws(
    () => go("{{ .vars.none }}"),
    /failed to render template: t: no value for \.vars\.none/,
  );
  assert.equal(go("a-{{ .vars.none }}", true), "a-<no value>");
});

Deno.test("what is not supported is named", () => {
  const unsupported: [string, RegExp][] = [
    ["{{ range .vars }}{{ end }}", /unsupported feature: template action \{\{range\}\} \(t\)/],
    ["{{ with .vars }}{{ end }}", /template action \{\{with\}\}/],
    ["{{ upper .vars.stage }}", /template function "upper"/],
    ["{{ $x := 1 }}", /template construct \$x/],
    ['{{ printf "%x" .vars.n }}', /printf verb %x/],
  ];
  for (const [text, message] of unsupported) assert.throws(() => go(text), message, text);
});

Deno.test("broken templates say what is wrong", () => {
  const broken: [string, RegExp][] = [
    ["{{ .vars.stage", /unclosed action/],
    ["{{ if .vars.stage }}x", /missing \{\{end\}\}/],
    ["{{ end }}", /unexpected \{\{end\}\}/],
    ["{{ else }}", /unexpected \{\{else\}\}/],
    ["{{ (lower .vars.stage }}", /missing \)/],
    ["{{ }}", /missing value/],
    ["{{ .vars.stage .vars.n }}", /a value is used as a function/],
  ];
  for (const [text, message] of broken) assert.throws(() => go(text), message, text);
});
