import type { IntegrationRow } from "../lib/core/types.ts";

/** Integration kinds that this program can use. */
export const integrationKinds: Record<string, IntegrationRow> = {
  "aws/ecr": {
    load: async () => (await import("./aws_ecr.ts")).default,
    cloud: "aws",
    makes: "registry-login",
  },
  "aws/ecr-public": {
    load: async () => (await import("./aws_ecr_public.ts")).default,
    cloud: "aws",
    makes: "registry-login",
    public: true,
  },
  "aws/eks": {
    load: async () => (await import("./aws_eks.ts")).default,
    cloud: "aws",
    makes: "kubeconfig",
  },
};
