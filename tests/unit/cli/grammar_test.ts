import assert from "node:assert/strict";
import { parse, takeChdir } from "../../../lib/cli/grammar.ts";
import { AuthError } from "../../../lib/sys/error.ts";
import type { FlagValue } from "../../../lib/cli/types.ts";

/** What a command line came to, in one comparable line. */
function read(line: string[], dropIn = false): string {
  try {
    const got = parse(line, { dropIn });
    if ("help" in got) return `help ${got.at.words || "-"} ${got.topic || "-"}`;
    const show = (flags: Map<string, FlagValue>) =>
      [...flags].map(([name, { value, bare }]) =>
        `${name}=${bare ? "BARE" : ""}${value === undefined ? "" : JSON.stringify(value)}`
      ).sort();
    const parts = [
      (got.long ? "auth " : "") + got.command.words.join(" "),
      ...show(got.flags),
      ...show(got.globals).map((flag) => `global:${flag}`),
    ];
    if (got.positionals.length > 0) parts.push(`words:${JSON.stringify(got.positionals)}`);
    if (got.rest) parts.push(`rest:${JSON.stringify(got.rest)}`);
    return parts.join(" ");
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    assert.equal(error.title, error.code === "unsupported_feature" ? "Error" : "Incorrect Usage");
    return `! ${error.message}`;
  }
}

/** Words separated by blanks; `''` is the empty word. */
function words(line: string): string[] {
  return line === "" ? [] : line.split(" ").map((word) => word === "''" ? "" : word);
}

function table(name: string, cases: [string, string][], dropIn = false): void {
  for (const [line, expected] of cases) {
    Deno.test(`${name}: ${line || "(nothing)"}`, () => {
      assert.equal(read(words(line), dropIn), expected);
    });
  }
}

table("command words", [
  ["", "help - -"],
  ["auth", "help - -"],
  ["aws", "help aws -"],
  ["aws ecr", "help aws ecr -"],
  ["login", "login"],
  ["auth login", "auth login"],
  ["auth user configure", "auth user configure"],
  ["user configure", "user configure"],
  ["user", "help user -"],
  ["list", "list"],
  ["auth list", "auth list"],
  ["list profiles", "profile list"],
  ["list stacks", "list stacks"],
  ["list components", "list components"],
  ["auth list profiles", '! unknown command "profiles" for "atmos-auth list"'],
  ["profile list", "profile list"],
  ["auth profile list", "! Unknown command profile for atmos-auth"],
  ["auth version", "! Unknown command version for atmos-auth"],
  ["version", "version"],
  ["--version", "version"],
  ["--version --format json", 'version format="json"'],
  ["login --version", "! unknown flag --version for command atmos-auth login"],
  ["tf plan vpc", 'terraform words:["plan","vpc"]'],
  ["LOGIN", "! Unknown command LOGIN for atmos-auth"],
  ["logi", "! Unknown command logi for atmos-auth"],
  ["auth invalid-command", "! Unknown command invalid-command for atmos-auth"],
  ["aws nope", "! Unknown command nope for atmos-auth aws"],
  ["aws eks nope", "! Unknown command nope for atmos-auth aws eks"],
  ["auth auth login", "! Unknown command auth for atmos-auth"],
  ["''", "! Unknown command  for atmos-auth"],
  ["emulator", "help emulator -"],
]);

table("positional words", [
  ["whoami x", '! unknown command "x" for "atmos-auth whoami"'],
  ["auth whoami x", '! unknown command "x" for "atmos-auth whoami"'],
  ["login prod", '! unknown command "prod" for "atmos-auth login"'],
  ["validate a b", '! unknown command "a" for "atmos-auth validate"'],
  ["logout prod", 'logout words:["prod"]'],
  ["logout prod dev", "! accepts at most 1 arg(s), received 2"],
  ["logout -- prod", 'logout words:["prod"]'],
  ["login -- prod", '! unknown command "prod" for "atmos-auth login"'],
  ["login --", "login"],
  ["logout login", 'logout words:["login"]'],
  ["profile show", "! requires at least 1 arg(s), only received 0: missing <profile>"],
  ["profile show dev", 'profile show words:["dev"]'],
  ["help auth login", 'help words:["auth","login"]'],
  ["aws ecr login main", 'aws ecr login words:["main"]'],
]);

const identityForms: [string, string][] = [
  ["-i prod", '"prod"'],
  ["-i=prod", '"prod"'],
  ["-iprod", '"prod"'],
  ["--identity prod", '"prod"'],
  ["--identity=prod", '"prod"'],
  ["-i=-x", '"-x"'],
  ["--identity=-x", '"-x"'],
  ["--identity=a=b", '"a=b"'],
  ["--identity", "BARE"],
  ["--identity=", "BARE"],
  ["-i", "BARE"],
  ["-i=", "BARE"],
  ["--identity false", '"false"'],
  ["--identity -", '"-"'],
];
for (
  const command of [
    "login",
    "whoami",
    "env",
    "console",
    "exec",
    "shell",
    "list",
    "logout",
    "validate",
    "aws eks token",
  ]
) {
  table(
    `identity after ${command}`,
    identityForms.map(([form, value]) => [
      `${command} ${form}`,
      `${command} global:identity=${value}`,
    ]),
  );
  table(
    `identity before ${command}`,
    identityForms.map(([form, value]) => [
      `${form} ${command}`,
      `${command} global:identity=${value}`,
    ]),
  );
  table(
    `identity between auth and ${command}`,
    command.startsWith("aws") ? [] : identityForms.map(([form, value]) => [
      `auth ${form} ${command}`,
      `auth ${command} global:identity=${value}`,
    ]),
  );
}

table("optional values", [
  ["--identity login", "login global:identity=BARE"],
  ["--identity login login", '! unknown command "login" for "atmos-auth login"'],
  ["--identity=login login", 'login global:identity="login"'],
  ["login --identity login", 'login global:identity="login"'],
  ["auth --identity login", "auth login global:identity=BARE"],
  ["auth login --identity whoami", 'auth login global:identity="whoami"'],
  ["--identity auth login", "auth login global:identity=BARE"],
  ["--identity prod auth login", 'auth login global:identity="prod"'],
  ["aws --identity eks token", "aws eks token global:identity=BARE"],
  ["aws eks --identity token", "aws eks token global:identity=BARE"],
  ["aws eks --identity login token", 'aws eks token global:identity="login"'],
  ["login --identity --provider p", 'login provider="p" global:identity=BARE'],
  ["login -i -p p", 'login provider="p" global:identity=BARE'],
  ["login -i a -i b", 'login global:identity="b"'],
  ["login -i a -i", "login global:identity=BARE"],
  ["login -i -i a", 'login global:identity="a"'],
  ["exec --identity -- cmd", 'exec global:identity=BARE rest:["cmd"]'],
  ["exec -i -- cmd", 'exec global:identity=BARE rest:["cmd"]'],
  ["exec -i prod -- cmd", 'exec global:identity="prod" rest:["cmd"]'],
  ["exec --identity= -- cmd", 'exec global:identity=BARE rest:["cmd"]'],
  ["login --profile", "login global:profile=BARE[]"],
  ["login --profile=", "login global:profile=BARE[]"],
  ["--profile login", "login global:profile=BARE[]"],
  ["login --profile a", 'login global:profile=["a"]'],
  ["login --profile a,b --profile c", 'login global:profile=["a","b","c"]'],
  ["login --profile=a,,b", 'login global:profile=["a","b"]'],
  ["login --profile a --profile", 'login global:profile=BARE["a"]'],
  ["login --profile --profile a", 'login global:profile=BARE["a"]'],
  ["list --pager", "list global:pager=BARE"],
  ["list --pager=off", 'list global:pager="off"'],
  ["list --pager less", 'list global:pager="less"'],
  ["--pager list", "list global:pager=BARE"],
  ["list --providers", "list providers=BARE[]"],
  ["list --providers=", "list providers=BARE[]"],
  ["list --providers a,b", 'list providers=["a","b"]'],
  ["list --providers=a", 'list providers=["a"]'],
  ["list --providers profiles", 'list providers=["profiles"]'],
  ["list --identities -f json", 'list format="json" identities=BARE[]'],
  ["--providers list", "list providers=BARE[]"],
]);

table("values", [
  ["env --format json", 'env format="json"'],
  ["env --format=json", 'env format="json"'],
  ["env -f json", 'env format="json"'],
  ["env -f=json", 'env format="json"'],
  ["env -fjson", 'env format="json"'],
  ["--format json env", 'env format="json"'],
  ["-f json env", 'env format="json"'],
  ["-fjson env", 'env format="json"'],
  ["auth -f json env", 'auth env format="json"'],
  ["env --format a --format b", 'env format="b"'],
  ["env --format=", 'env format=""'],
  ["env --format ''", 'env format=""'],
  ["env -o -", 'env output-file="-"'],
  ["env --format", "! flag needs an argument: --format"],
  ["env -f", "! flag needs an argument: 'f' in -f"],
  ["env --format -o x", "! flag needs an argument: --format"],
  ["env --format -- x", "! flag needs an argument: --format"],
  ["login --tags a,b", 'login tags=["a","b"]'],
  ["login --tags a --tags b,c", 'login tags=["a","b","c"]'],
  ["login --tags=,a,", 'login tags=["a"]'],
  ["login --tags=", "login tags=[]"],
  ["login -p sso", 'login provider="sso"'],
  ["-p sso login", 'login provider="sso"'],
  ["login -psso", 'login provider="sso"'],
  [
    "--config a.yaml --config b.yaml,c.yaml list",
    'list global:config=["a.yaml","b.yaml","c.yaml"]',
  ],
  ["--config list list", 'list global:config=["list"]'],
  ["list --config=", "list global:config=[]"],
  ["list --base-path /x --config-path=/y", 'list global:base-path="/x" global:config-path=["/y"]'],
  ["list --logs-level Debug", 'list global:logs-level="Debug"'],
  ["list --redirect-stderr f", 'list global:redirect-stderr="f"'],
  ["list --error-format json", 'list global:error-format="json"'],
  ["console --duration 2h --no-open", 'console duration="2h" no-open=true'],
]);

table("booleans", [
  ["login --all", "login all=true"],
  ["login --all=true", "login all=true"],
  ["login --all=1", "login all=true"],
  ["login --all=t", "login all=true"],
  ["login --all=T", "login all=true"],
  ["login --all=TRUE", "login all=true"],
  ["login --all=True", "login all=true"],
  ["login --all=false", "login all=false"],
  ["login --all=0", "login all=false"],
  ["login --all=f", "login all=false"],
  ["login --all=F", "login all=false"],
  ["login --all=FALSE", "login all=false"],
  ["login --all=False", "login all=false"],
  ["login --all=yes", '! invalid argument "yes" for "--all" flag: must be true or false'],
  ["login --all=", '! invalid argument "" for "--all" flag: must be true or false'],
  ["login --all false", '! unknown command "false" for "atmos-auth login"'],
  ["logout --all --all=false", "logout all=false"],
  ["list -v", "list global:verbose=true"],
  ["list -v=false", "list global:verbose=false"],
  ["list -v=x", '! invalid argument "x" for "-v, --verbose" flag: must be true or false'],
  ["-v list", "list global:verbose=true"],
  ["list --interactive=false", "list global:interactive=false"],
  ["list --mask=false", "list global:mask=false"],
  [
    "list --no-color --color --force-color --force-tty",
    "list global:color=true global:force-color=true global:force-tty=true global:no-color=true",
  ],
  ["version -c", "version check=true"],
]);

table("flags with two meanings", [
  ["validate -v", "validate verbose=true"],
  ["validate --verbose", "validate verbose=true"],
  ["-v validate", "validate global:verbose=true"],
  ["-v validate -v", "validate verbose=true global:verbose=true"],
  ["auth -v validate", "auth validate global:verbose=true"],
  ["aws eks update-kubeconfig --profile dev", 'aws eks update-kubeconfig profile="dev"'],
  ["--profile dev aws eks update-kubeconfig", 'aws eks update-kubeconfig global:profile=["dev"]'],
  ["aws --profile dev eks update-kubeconfig", 'aws eks update-kubeconfig global:profile=["dev"]'],
  [
    "--profile a aws eks update-kubeconfig --profile b",
    'aws eks update-kubeconfig profile="b" global:profile=["a"]',
  ],
  ["aws eks update-kubeconfig --profile", "! flag needs an argument: --profile"],
  ["login -p x", 'login provider="x"'],
  ["login -c comp -s stack", 'login component="comp" stack="stack"'],
  ["-c version", "version check=true"],
  ["-c comp login", 'login component="comp"'],
]);

table("short flags in one word", [
  ["list -vfjson", 'list format="json" global:verbose=true'],
  ["list -vf json", 'list format="json" global:verbose=true'],
  ["list -vf=json", 'list format="json" global:verbose=true'],
  ["list -vi", "list global:identity=BARE global:verbose=true"],
  ["list -vi prod", 'list global:identity="prod" global:verbose=true'],
  ["list -vh", "help list -"],
  ["list -hv", "help list -"],
  ["list -x", "! unknown shorthand flag: 'x' in -x"],
  ["list -vx", "! unknown shorthand flag: 'x' in -vx"],
  ["list -vC", "! unknown shorthand flag: 'C' in -vC"],
  ["-x list", "! unknown shorthand flag: 'x' in -x"],
]);

table("unknown flags", [
  ["login --x", "! unknown flag --x for command atmos-auth login"],
  ["auth login --x", "! unknown flag --x for command atmos-auth login"],
  ["login --x=1", "! unknown flag --x for command atmos-auth login"],
  ["--x login", "! unknown flag --x for command atmos-auth login"],
  ["auth --x", "! unknown flag --x for command atmos-auth"],
  ["aws eks token --x", "! unknown flag --x for command atmos-auth aws eks token"],
  ["login --keychain", "! unknown flag --keychain for command atmos-auth login"],
  ["login --x --y", "! unknown flag --x for command atmos-auth login"],
  ["login extra --x", "! unknown flag --x for command atmos-auth login"],
  ["login --x --help", "help login -"],
]);

table("help", [
  ["--help", "help - -"],
  ["-h", "help - -"],
  ["--help=all", "help - all"],
  ["login --help", "help login -"],
  ["--help login", "help login -"],
  ["login -h", "help login -"],
  ["login --help=usage", "help login usage"],
  ["login --help=flags", "help login flags"],
  ["login -h=all", "help login all"],
  ["login --help usage", "help login -"],
  ["auth login extra words --help", "help login -"],
  ["aws eks --help", "help aws eks -"],
  ["auth nope --help", "! Unknown command nope for atmos-auth"],
  ["exec -- terraform --help", 'exec rest:["terraform","--help"]'],
  ["exec terraform --help", "help exec -"],
  ["exec -- -h", 'exec rest:["-h"]'],
]);

table("after --", [
  ["exec -- aws s3 ls", 'exec rest:["aws","s3","ls"]'],
  ["exec --", "exec rest:[]"],
  ["exec", "exec"],
  [
    "exec -i prod -- aws --identity x -v --",
    'exec global:identity="prod" rest:["aws","--identity","x","-v","--"]',
  ],
  ["exec aws s3 ls -v", 'exec words:["aws","s3","ls","-v"]'],
  ["exec -i prod aws --profile x", 'exec global:identity="prod" words:["aws","--profile","x"]'],
  ["exec aws -- ls", 'exec words:["aws"] rest:["ls"]'],
  ["shell -- -c ls", 'shell rest:["-c","ls"]'],
  ["shell --shell zsh -- -l", 'shell shell="zsh" rest:["-l"]'],
  ["shell zsh", 'shell words:["zsh"]'],
  ["-- login", "! Unknown command login for atmos-auth"],
]);

table("accepted and ignored", [
  ["list --profiler-enabled --heatmap --ai --logs-color", "list"],
  ["list --profiler-host h --profiler-port 1 --profile-file f --profile-type t", "list"],
  ["list --heatmap-mode m --skill s --edition e --use-version v", "list"],
  ["list --skill", "! flag needs an argument: --skill"],
  ["list --cast", "list"],
  ["list --cast=x", "list"],
  ["--cast list", "list"],
  ["list --cast x", '! unknown command "x" for "atmos-auth list"'],
  ["list --heatmap=nope", '! invalid argument "nope" for "--heatmap" flag: must be true or false'],
]);

table(
  "Terraform's own flags",
  [
    ["terraform plan vpc -s dev", 'terraform stack="dev" words:["plan","vpc"]'],
    ["-s dev terraform plan vpc", 'terraform stack="dev" words:["plan","vpc"]'],
    [
      "terraform plan vpc -s=dev -var a=b -out x",
      'terraform stack="dev" words:["plan","vpc","-var","a=b","-out","x"]',
    ],
    ["terraform plan vpc -var -s dev", 'terraform words:["plan","vpc","-var","-s","dev"]'],
    [
      "terraform plan vpc -state=x -input=false",
      'terraform words:["plan","vpc","-state=x","-input=false"]',
    ],
    ["terraform plan -v", 'terraform words:["plan","-v"]'],
    ["terraform -help", 'terraform words:["-help"]'],
    ["terraform plan vpc -i prod", 'terraform words:["plan","vpc"] global:identity="prod"'],
    ["terraform plan vpc --x", "! unknown flag: --x"],
    ["terraform plan vpc --dry-run", 'terraform dry-run=true words:["plan","vpc"]'],
    ["terraform plan vpc -- -var x", 'terraform words:["plan","vpc"] rest:["-var","x"]'],
    ["terraform apply vpc --from-plan", 'terraform from-plan=BARE words:["apply","vpc"]'],
    ["terraform apply --from-plan vpc", 'terraform from-plan=BARE words:["apply","vpc"]'],
    ["terraform apply vpc --from-plan=p", 'terraform from-plan="p" words:["apply","vpc"]'],
    ["terraform --help", "help terraform -"],
  ].map(([line, expected]) => [
    line!,
    // flags come before words in one line
    expected!.replace(/^(terraform)((?: words:\S+)?)( global:\S+)$/, "$1$3$2"),
  ]),
);

table("drop-in mode", [
  ["", "help - -"],
  ["auth", "help - -"],
  ["auth login", "auth login"],
  ["login", "! Unknown command login for atmos"],
  ["list", "help list -"],
  ["list profiles", "profile list"],
  ["list stacks", "list stacks"],
  ["env", "! Unknown command env for atmos"],
  ["auth nope", "! Unknown command nope for atmos auth"],
  ["auth whoami x", '! unknown command "x" for "atmos auth whoami"'],
  ["auth login --x", "! unknown flag --x for command atmos auth login"],
  ["aws ecr --x", "! unknown flag --x for command atmos aws ecr"],
  ["helmfile apply", "! unsupported feature: helmfile"],
  ["packer", "! unsupported feature: packer"],
  ["workflow x", "! unsupported feature: workflow"],
  ["emulator", "! unsupported feature: emulator"],
  ["--profile dev auth login", 'auth login global:profile=["dev"]'],
  ["--identity auth login", "auth login global:identity=BARE"],
  ["version", "version"],
], true);

Deno.test("chdir is taken out in all five forms, before anything else", () => {
  const cases: [string, string[], string | undefined][] = [
    ["--chdir d login", ["login"], "d"],
    ["login --chdir=d", ["login"], "d"],
    ["login -C d -i x", ["login", "-i", "x"], "d"],
    ["login -C=d", ["login"], "d"],
    ["-Cd login", ["login"], "d"],
    ["-C a --chdir b login", ["login"], "b"],
    ["exec -- git -C d", ["exec", "--", "git", "-C", "d"], undefined],
    ["-C a exec -- -C b", ["exec", "--", "-C", "b"], "a"],
    ["login --chdir=", ["login"], undefined],
    ["login", ["login"], undefined],
  ];
  for (const [line, argv, dir] of cases) {
    const got = takeChdir(words(line));
    assert.deepEqual([got.argv, got.dir], [argv, dir], line);
  }
});

Deno.test("chdir without a value is noticed", () => {
  assert.equal(takeChdir(["login", "--chdir"]).missing, "--chdir");
  assert.equal(takeChdir(["login", "-C"]).missing, "-C");
  assert.equal(takeChdir(["login", "-C", "--", "x"]).missing, "-C");
});
