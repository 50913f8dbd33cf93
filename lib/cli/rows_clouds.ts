/** Rows of the commands of one cloud (02 §8), and of profiles. */
import { formatFlag, pending } from "./rows_common.ts";
import type { FlagDef, Rows } from "./types.ts";

function text(name: string, what: string, env?: string[]): FlagDef {
  return { name, type: "string", text: what, ...(env ? { env } : {}) };
}

function kubeconfigFlags(): FlagDef[] {
  return [
    {
      name: "kubeconfig",
      type: "string",
      env: ["ATMOS_KUBECONFIG", "KUBECONFIG"],
      valueName: "file",
      complete: "files",
      text: "File to write",
    },
    text("alias", "Name of the context"),
    {
      name: "integration",
      type: "string",
      complete: "integrations",
      text: "Take everything from this integration",
    },
  ];
}

function registryFlag(): FlagDef {
  return {
    name: "registry",
    short: "r",
    type: "list",
    valueName: "hosts",
    text: "Registry host (repeatable); uses the ambient credentials",
  };
}

export const cloudRows: Rows = {
  "aws ecr login": () => ({
    words: ["aws", "ecr", "login"],
    level: "top",
    summary: "Sign Docker in to Amazon container registries",
    positionals: { name: "integration", max: 1, complete: "integrations" },
    flags: [
      registryFlag(),
      { name: "public", type: "boolean", text: "The public registry" },
    ],
    permissions: "all",
    load: () => import("./commands/aws_ecr_login.ts"),
  }),
  "aws eks token": () => ({
    words: ["aws", "eks", "token"],
    level: "top",
    summary: "Print a token for a cluster, for kubectl",
    flags: [
      text("cluster-name", "Name of the cluster"),
      text("region", "Region of the cluster"),
      text("role-arn", "Role to assume first with the identity's credentials"),
    ],
    protocol: true,
    permissions: "all",
    load: () => import("./commands/aws_eks_token.ts"),
  }),
  "aws eks update-kubeconfig": () => ({
    words: ["aws", "eks", "update-kubeconfig"],
    level: "top",
    summary: "Write a cluster into a kubeconfig",
    flags: [
      text("name", "Name of the cluster"),
      text("region", "Region of the cluster", ["ATMOS_AWS_REGION", "AWS_REGION"]),
      ...kubeconfigFlags(),
      text("role-arn", "Role for the cluster's token"),
      { name: "dry-run", type: "boolean", text: "Print the document, write nothing" },
      { name: "verbose", type: "boolean", text: "Say more" },
      { name: "stack", short: "s", type: "string", text: "Not offered by this program" },
      {
        name: "profile",
        type: "string",
        env: ["ATMOS_AWS_PROFILE", "AWS_PROFILE"],
        text: "AWS profile: not offered by this program",
      },
    ],
    permissions: "all",
    load: () => import("./commands/aws_eks_update_kubeconfig.ts"),
  }),
  "azure acr login": () => ({
    words: ["azure", "acr", "login"],
    level: "top",
    summary: "Sign Docker in to Azure container registries",
    positionals: { name: "integration", max: 1, complete: "integrations" },
    flags: [registryFlag()],
    permissions: "all",
    load: pending,
  }),
  "azure aks token": () => ({
    words: ["azure", "aks", "token"],
    level: "top",
    summary: "Print a token for a cluster, for kubectl",
    flags: [
      text("cluster-name", "Name of the cluster"),
      text("resource-group", "Resource group of the cluster"),
      text("subscription-id", "Subscription of the cluster"),
      text("server-id", "Application id of the cluster's API server"),
    ],
    protocol: true,
    permissions: "all",
    load: pending,
  }),
  "azure aks update-kubeconfig": () => ({
    words: ["azure", "aks", "update-kubeconfig"],
    level: "top",
    summary: "Write a cluster into a kubeconfig",
    flags: [
      text("cluster-name", "Name of the cluster"),
      text("resource-group", "Resource group of the cluster"),
      text("subscription-id", "Subscription of the cluster"),
      ...kubeconfigFlags(),
    ],
    permissions: "all",
    load: pending,
  }),
  "gcp gke token": () => ({
    words: ["gcp", "gke", "token"],
    level: "top",
    summary: "Print a token for a cluster, for kubectl",
    flags: [],
    protocol: true,
    permissions: "all",
    load: pending,
  }),
  "profile list": () => ({
    words: ["profile", "list"],
    level: "top",
    summary: "List configuration profiles",
    flags: [formatFlag(["table", "json", "yaml"], "table")],
    permissions: "offline",
    load: () => import("./commands/profile_list.ts"),
  }),
  "profile show": () => ({
    words: ["profile", "show"],
    level: "top",
    summary: "Show one configuration profile",
    positionals: { name: "profile", min: 1, max: 1, complete: "profiles" },
    flags: [formatFlag(["text", "json", "yaml"], "text")],
    permissions: "offline",
    load: () => import("./commands/profile_show.ts"),
  }),
};
