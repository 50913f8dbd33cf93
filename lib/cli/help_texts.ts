/**
 * Long descriptions and examples of commands and groups, by their words. `{prog}` stands for the
 * program before a command of ours, `{top}` before a top-level word. Loaded by help and by the
 * generator of docs/commands alone.
 */
export interface HelpText {
  description: string;
  examples: { text: string; command: string }[];
}

export const groupTexts: Record<string, HelpText> = {
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
};
