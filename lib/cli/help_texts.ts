/**
 * Long descriptions and examples of commands and groups, by their words. `{prog}` stands for the
 * program before a command of ours, `{top}` before a top-level word. Loaded by help and by the
 * generator of docs/commands alone.
 */
import { authTexts } from "./help_texts_auth.ts";
import { groupOnly, topTexts } from "./help_texts_top.ts";
import type { HelpText } from "./types.ts";

export const groupTexts: Record<string, HelpText> = {
  ...groupOnly,
  "": {
    description:
      "Sign in to AWS, Azure, Google Cloud and GitHub with short-lived credentials, from the " +
      "`auth` section of `atmos.yaml`.",
    examples: [
      { text: "Sign in with the default identity", command: "{prog} login" },
      { text: "Run a command as an identity", command: "{prog} exec -i prod -- aws s3 ls" },
      { text: "See what is configured", command: "{prog} list" },
    ],
  },
  "auth": {
    description: "Sign in and act as an identity from the `auth` section of `atmos.yaml`.",
    examples: [
      { text: "Sign in with the default identity", command: "{prog} login" },
      {
        text: "Set the variables of an identity in this shell",
        command: 'eval "$({prog} env -i prod --login)"',
      },
    ],
  },
  "emulator": {
    description: "Rehearse and test sign-in without a cloud.",
    examples: [{ text: "Run one on any free port", command: "{top} emulator start" }],
  },
};

export const helpTexts: Record<string, HelpText> = {
  ...authTexts,
  ...topTexts,
  "version": {
    description: "Print the version of this program, and where it runs. Needs no configuration.",
    examples: [{ text: "For scripts", command: "{top} version --format json" }],
  },
  "help": {
    description: "Show the help of a command or of a group of commands.",
    examples: [{ text: "Help for a command", command: "{top} help auth login" }],
  },
  "emulator start": {
    description:
      "Stand in for AWS's identity services on loopback: STS, Identity Center, sign-in, ECR, EKS, " +
      "a SAML identity provider and a GitHub-like token endpoint. Prints its base URL and runs until " +
      "it is stopped. Everything it hands out is made up.",
    examples: [
      { text: "On any free port", command: "{top} emulator start" },
      {
        text: "With your own accounts, for a script",
        command:
          "{top} emulator start --state accounts.json --ready-file ready.json --auto-approve",
      },
    ],
  },
  "user configure": {
    description:
      "Store the long-lived access keys of a user identity in the keyring that the configuration " +
      "chooses. Asks field by field; without a terminal the values come by flags, and the secret " +
      "on stdin or from AWS_SECRET_ACCESS_KEY.",
    examples: [
      { text: "Be asked", command: "{prog} user configure -i me" },
      {
        text: "From a script",
        command:
          'printf %s "$SECRET" | {prog} user configure -i me --access-key-id AKIA… --secret-stdin',
      },
    ],
  },
  "keyring list": {
    description:
      "List the entries of the keyring by name, kind, class and expiry. No secret is shown.",
    examples: [
      { text: "Of the realm in effect", command: "{prog} keyring list" },
      { text: "Of all realms, for a script", command: "{prog} keyring list --all-realms -f json" },
    ],
  },
  "keyring show": {
    description: "Show all that is known of one entry but its secrets.",
    examples: [
      { text: "An identity's entry", command: "{prog} keyring show me" },
      { text: "A provider's entry", command: "{prog} keyring show company-sso --provider" },
    ],
  },
  "keyring delete": {
    description:
      "Delete one entry. Sessions go at once; for long-lived keys you are asked, or --force is " +
      "needed. The name need not be configured any more.",
    examples: [{ text: "Without being asked", command: "{prog} keyring delete me --force" }],
  },
  "keyring migrate": {
    description:
      "Copy entries to another store or realm, each verified by reading it back. An entry of the " +
      "target that is newer stays as it is.",
    examples: [
      {
        text: "From the system's keyring into the file keyring",
        command: "{prog} keyring migrate --from system --to file",
      },
      {
        text: "Entries without realm into a realm",
        command: "{prog} keyring migrate --from system --from-realm= --to-realm acme --delete",
      },
    ],
  },
  "keyring verify": {
    description:
      "Read every entry and tell which cannot be read, and which were encrypted with fewer rounds " +
      "than are configured. Exit code 1 when an entry cannot be read.",
    examples: [{ text: "Look at all entries", command: "{prog} keyring verify" }],
  },
  "keyring rotate-password": {
    description:
      "Encrypt every entry of the file keyring anew under another password, with the configured " +
      "rounds. Nothing changes unless every entry opens with the present password.",
    examples: [
      { text: "Be asked for both passwords", command: "{prog} keyring rotate-password" },
      {
        text: "From a script",
        command: "{prog} keyring rotate-password --new-password-file new-password",
      },
    ],
  },
  "realm show": {
    description:
      "Show the realm in effect, where it comes from, and the one that would be derived from the " +
      "directory of the configuration.",
    examples: [{ text: "For a script", command: "{prog} realm show -f json" }],
  },
  "realm migrate": {
    description:
      "Copy the keyring entries of one realm to another, each verified by reading it back. Sessions " +
      "in files are not copied: sign in again in the new realm.",
    examples: [
      {
        text: "From the time before there was a realm",
        command: "{prog} realm migrate --from= --to acme",
      },
    ],
  },
  "realm list": {
    description: "List the realms for which this machine holds files or keyring entries.",
    examples: [{ text: "All of them", command: "{prog} realm list" }],
  },
};
