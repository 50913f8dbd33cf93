/** Descriptions and examples of the commands at top level. */
import type { HelpText } from "./types.ts";

const tokenNotice =
  "Made to be called by kubectl: nothing but the ExecCredential document is on stdout, and nothing " +
  "is ever asked.";

export const topTexts: Record<string, HelpText> = {
  "completion": {
    description:
      "Print a completion script for bash, zsh, fish or PowerShell. It completes commands, flags, " +
      "and names from the configuration, and hands over to the shell behind `exec --`. The bash " +
      "script needs no bash-completion package.",
    examples: [
      { text: "bash, in ~/.bashrc", command: 'eval "$({top} completion bash)"' },
      { text: "zsh, in ~/.zshrc after compinit", command: "source <({top} completion zsh)" },
      { text: "fish, in ~/.config/fish/config.fish", command: "{top} completion fish | source" },
      {
        text: "PowerShell, in $PROFILE",
        command: "{top} completion powershell | Out-String | Invoke-Expression",
      },
    ],
  },
  "aws ecr login": {
    description:
      "Sign Docker in to Amazon container registries: those of an integration, those bound to an " +
      "identity, or registries given by host. Only the entry of each registry in Docker's file is " +
      "changed.",
    examples: [
      { text: "The registry of an integration", command: "{top} aws ecr login images" },
      { text: "All registries of an identity", command: "{top} aws ecr login --identity prod" },
      { text: "The public registry", command: "{top} aws ecr login --public" },
    ],
  },
  "aws eks token": {
    description: `Print a token for an EKS cluster. ${tokenNotice}`,
    examples: [
      {
        text: "As a kubeconfig calls it",
        command: "{top} aws eks token --cluster-name main --region eu-west-1 --identity prod",
      },
    ],
  },
  "aws eks update-kubeconfig": {
    description:
      "Write an EKS cluster into a kubeconfig, with a command that obtains tokens as the identity.",
    examples: [
      {
        text: "The cluster of an integration",
        command: "{top} aws eks update-kubeconfig --integration cluster",
      },
      {
        text: "A cluster by its name",
        command: "{top} aws eks update-kubeconfig --name main --region eu-west-1 -i prod",
      },
    ],
  },
  "azure acr login": {
    description:
      "Sign Docker in to Azure container registries: those of an integration, those bound to an " +
      "identity, or registries given by host.",
    examples: [
      { text: "The registry of an integration", command: "{top} azure acr login images" },
      { text: "All registries of an identity", command: "{top} azure acr login --identity prod" },
    ],
  },
  "azure aks token": {
    description: `Print a token for an AKS cluster. ${tokenNotice}`,
    examples: [
      {
        text: "As a kubeconfig calls it",
        command: "{top} azure aks token --cluster-name main --resource-group core -i prod",
      },
    ],
  },
  "azure aks update-kubeconfig": {
    description:
      "Write an AKS cluster into a kubeconfig, with a command that obtains tokens as the identity.",
    examples: [
      {
        text: "The cluster of an integration",
        command: "{top} azure aks update-kubeconfig --integration cluster",
      },
    ],
  },
  "gcp gke token": {
    description: `Print a token for a GKE cluster. ${tokenNotice}`,
    examples: [
      { text: "As a kubeconfig calls it", command: "{top} gcp gke token --identity prod" },
    ],
  },
  "profile list": {
    description:
      "List the configuration profiles that exist here, where each lies and how many files it has. " +
      "Active ones bear a dot.",
    examples: [
      { text: "As a table", command: "{top} profile list" },
      { text: "For a program", command: "{top} profile list --format json" },
    ],
  },
  "profile show": {
    description: "Show where a configuration profile lies, what it says of itself, and its files.",
    examples: [{ text: "One profile", command: "{top} profile show developer" }],
  },
  "terraform": {
    description:
      "Run Terraform for a component of a stack: as the identity that the stack asks for, with its " +
      "variables, backend and workspace. Flags of Terraform's own are passed on as they stand; " +
      "everything behind `--` too.",
    examples: [
      { text: "Plan a component", command: "{top} terraform plan vpc --stack dev" },
      { text: "Apply what was planned", command: "{top} terraform apply vpc -s dev --from-plan" },
      { text: "Pass a flag on", command: "{top} terraform plan vpc -s dev -target=aws_vpc.main" },
    ],
  },
  "describe component": {
    description: "Show a component of a stack as it results from all manifests.",
    examples: [
      { text: "All of it", command: "{top} describe component vpc --stack dev" },
      { text: "One part", command: "{top} describe component vpc -s dev --query .vars" },
    ],
  },
  "describe stacks": {
    description: "Show stacks with their components as they result from all manifests.",
    examples: [
      {
        text: "Variables of two components",
        command: "{top} describe stacks --components vpc,eks --sections vars",
      },
    ],
  },
  "list stacks": {
    description: "List the names of stacks, sorted, one a line.",
    examples: [{
      text: "Stacks that have a component",
      command: "{top} list stacks --component vpc",
    }],
  },
  "list components": {
    description: "List the names of components, sorted, one a line. Abstract ones are left out.",
    examples: [{ text: "Components of a stack", command: "{top} list components --stack dev" }],
  },
};

/** Groups of commands. */
export const groupOnly: Record<string, HelpText> = {
  "aws": {
    description: "AWS: sign Docker in to registries, and kubectl to clusters, as an identity.",
    examples: [{ text: "All registries of an identity", command: "{top} aws ecr login -i prod" }],
  },
  "azure": {
    description: "Azure: sign Docker in to registries, and kubectl to clusters, as an identity.",
    examples: [{ text: "All registries of an identity", command: "{top} azure acr login -i prod" }],
  },
  "profile": {
    description:
      "Profiles are directories of configuration that are laid over the base when asked for, such " +
      "as one for developers and one for CI.",
    examples: [
      { text: "Use one", command: "{top} --profile developer auth list" },
      { text: "See what there is", command: "{top} profile list" },
    ],
  },
};
