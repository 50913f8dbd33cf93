/** Descriptions and examples of the commands below `auth`. */
import type { HelpText } from "./types.ts";

export const authTexts: Record<string, HelpText> = {
  "login": {
    description:
      "Sign in with an identity, and write its credentials where the tools of its cloud find them. " +
      "Without `--identity` the identity marked `default: true` is used; without a default, a list " +
      "is shown. Every link of the chain that is still valid is reused, the identity itself is " +
      "always obtained anew. Integrations bound to the identity run afterwards; their failures are " +
      "warnings.\n\nWith `--provider` the provider alone is signed in to, which makes the identities " +
      "below it available without another sign-in.",
    examples: [
      { text: "Sign in with the default identity", command: "{prog} login" },
      { text: "Sign in with an identity", command: "{prog} login --identity prod" },
      { text: "Sign in to a provider, for all its identities", command: "{prog} login -p company" },
      {
        text: "Every identity that has a tag, without stopping at a failure",
        command: "{prog} login --tags staging --all",
      },
      {
        text: "Do nothing while half an hour of the session is left",
        command: "{prog} login -i prod --if-older-than 30m",
      },
      { text: "The facts for a script", command: "{prog} login -i prod --format json" },
    ],
  },
  "logout": {
    description:
      "Remove credentials from this machine: files, and the sessions in the keyring. Long-lived " +
      "keys stay in the keyring unless `--keychain` is given. What can be revoked on servers is " +
      "revoked, unless `--local` is given. Without anything named, a menu asks what to remove.\n\n" +
      "When a secret that should have gone could not be removed, the exit code is 1 and the message " +
      "says what is left and where.",
    examples: [
      { text: "One identity", command: "{prog} logout prod" },
      { text: "A provider and everything below it", command: "{prog} logout --provider company" },
      { text: "See first what would be removed", command: "{prog} logout --all --dry-run" },
      {
        text: "Everything, long-lived keys included, without a question",
        command: "{prog} logout --all --keychain --force",
      },
    ],
  },
  "whoami": {
    description:
      "Show who you are signed in as. The credentials at hand are checked with the cloud where it " +
      "offers that; without network the expiry decides. Nothing is ever asked: when no credentials " +
      "can be had without a question, the exit code is 1. For a verdict in the exit code see " +
      "`{prog} status`.",
    examples: [
      { text: "The default identity", command: "{prog} whoami" },
      { text: "For a script", command: "{prog} whoami -i prod --output json" },
    ],
  },
  "validate": {
    description:
      "Check the `auth` configuration: every provider, identity and integration, the references " +
      "between them, and keys that nothing reads. All problems are reported, sorted by file and " +
      "line. The network is not used.",
    examples: [
      { text: "Check the configuration of this project", command: "{prog} validate" },
      { text: "In CI, unknown keys being errors", command: "{prog} validate --strict" },
      { text: "For an editor", command: "{prog} validate --format json" },
    ],
  },
  "list": {
    description:
      "List providers and identities, who hangs below whom, and how long each session lasts. " +
      "Expiry is read from files alone: neither network nor keyring is used, and secrets of the " +
      "configuration are replaced.\n\nA green dot is a valid session, a yellow one ends within 15 " +
      "minutes, a red one has ended; no dot: nothing is known.",
    examples: [
      { text: "As a tree", command: "{prog} list" },
      { text: "Identities that have a tag", command: "{prog} list --identities --tags staging" },
      { text: "Two providers as a table", command: "{prog} list --providers=company,ci -f table" },
      { text: "For a program", command: "{prog} list --format json" },
      { text: "A picture, with Graphviz", command: "{prog} list -f graphviz" },
    ],
  },
  "env": {
    description:
      "Print the environment variables of an identity for a shell, a file or a program. They point " +
      "at the files that a login wrote. Without `--login` nothing is signed in: the variables are " +
      "computed from the configuration alone, quickly and offline. With it, a missing or expired " +
      "session is renewed first.\n\nNothing but the payload is on stdout; questions, messages and " +
      "logs are on stderr.",
    examples: [
      {
        text: "Use an identity in this shell",
        command: 'eval "$({prog} env --identity prod --login)"',
      },
      { text: "For fish", command: "{prog} env -i prod -f fish | source" },
      {
        text: "A file for docker run --env-file",
        command: "{prog} env -i prod -f env -o prod.env",
      },
      {
        text: "Later steps of a GitHub Actions job",
        command: "{prog} env -i prod --format github --login",
      },
      { text: "Leave the identity again", command: 'eval "$({prog} env -i prod --unset)"' },
    ],
  },
  "exec": {
    description:
      "Run a command as an identity. A valid session is reused without any network; otherwise you " +
      "are signed in first. Variables that would defeat the identity are removed from the command's " +
      "environment, those of the identity are set. The exit code is the command's own.\n\nThe " +
      "command stands behind `--`; nothing behind it is read by this program. With " +
      "`--identity=false` the command runs in the environment as it is.",
    examples: [
      { text: "As the default identity", command: "{prog} exec -- env" },
      {
        text: "As another one",
        command: "{prog} exec --identity prod -- sh -c 'echo $AWS_PROFILE'",
      },
      {
        text: "With a profile of the configuration",
        command: "{prog} --profile developer exec -- env",
      },
    ],
  },
  "shell": {
    description:
      "Start an interactive shell as an identity; leaving it leaves the identity. `ATMOS_SHLVL` " +
      "counts how deep such shells are nested. Arguments for the shell stand behind `--`.",
    examples: [
      { text: "Your own shell", command: "{prog} shell -i prod" },
      { text: "Another shell", command: "{prog} shell -i prod --shell sh" },
      {
        text: "A single command line",
        command: "{prog} shell -i prod --shell sh -- -c 'echo hello'",
      },
    ],
  },
  "console": {
    description:
      "Open the web console of the identity's cloud, signed in as the identity where the cloud " +
      "offers that. A destination is a service alias such as `s3`, or a whole URL.\n\nWith " +
      "`--isolated` every identity gets a browser profile of its own, so that several accounts can " +
      "be open at once.",
    examples: [
      { text: "The start page", command: "{prog} console -i prod" },
      {
        text: "A service, for four hours",
        command: "{prog} console --destination s3 --duration 4h",
      },
      { text: "Only the URL, for another program", command: "{prog} console -i prod --print-only" },
    ],
  },
  "status": {
    description:
      "Tell by exit code whether a session is valid: 0 valid, 3 missing or expired, 4 shorter than " +
      "`--min-ttl`, 1 for an error. Offline and quick, made for prompts and CI; with `--verify` the " +
      "cloud is asked too.",
    examples: [
      {
        text: "Sign in only when needed",
        command: "{prog} status -i prod --min-ttl 10m || {prog} login -i prod",
      },
      { text: "All identities, for a program", command: "{prog} status --all --format json" },
    ],
  },
  "refresh": {
    description:
      "Renew sessions without asking anything. What has at least `--min-ttl` left (15 minutes " +
      "unless given) stays as it is. When a sign-in is needed the exit code is 3, and nothing is " +
      "opened.",
    examples: [
      { text: "The default identity", command: "{prog} refresh" },
      {
        text: "From cron, all of them, for at least an hour",
        command: "{prog} refresh --all --min-ttl 1h",
      },
    ],
  },
  "explain": {
    description:
      "Tell why an identity is chosen, the chain behind it link by link with what each would do " +
      "now, the variables that `exec` would set and remove, the integrations that would run, and " +
      "the hosts that would be contacted. Nothing is signed in. With `--run` the chain is really " +
      "walked, and times and request ids are shown. `--env` answers for one variable, `--why-not` " +
      "for an identity that was not chosen. Secrets are replaced.",
    examples: [
      { text: "The identity that would be used here", command: "{prog} explain" },
      { text: "For a program", command: "{prog} explain -i prod --format json" },
      { text: "Where a child gets a variable from", command: "{prog} explain --env AWS_PROFILE" },
      { text: "Why another identity is not used", command: "{prog} explain --why-not prod" },
    ],
  },
  "doctor": {
    description:
      "Look for what is wrong on this machine: configuration, keyring, files and their modes, " +
      "locks, variables and files of other tools that win over ours, proxies and certificates. One " +
      "line a check, with the way out; the exit code is 1 when an error is found. Nothing is " +
      "changed unless `--fix` is given, which shows each remedy and asks once.",
    examples: [
      { text: "Everything that can be seen offline", command: "{prog} doctor" },
      {
        text: "Also reach the endpoints, and compare the clock",
        command: "{prog} doctor --online",
      },
      { text: "For a program", command: "{prog} doctor --format json" },
    ],
  },
  "config show": {
    description: "Show the `auth` section as it results from all files, profiles and variables.",
    examples: [
      { text: "With the place of every value", command: "{prog} config show --provenance" },
      { text: "One part", command: "{prog} config show auth.identities.prod" },
    ],
  },
  "config sources": {
    description:
      "List every file, fragment, import and profile that was considered, in the order of loading, " +
      "and why some were not loaded.",
    examples: [{ text: "Which files count here", command: "{prog} config sources" }],
  },
  "schema": {
    description: "Print the JSON Schema of the configuration, for editors.",
    examples: [
      { text: "For an editor", command: "{prog} schema --output atmos.schema.json" },
    ],
  },
};
