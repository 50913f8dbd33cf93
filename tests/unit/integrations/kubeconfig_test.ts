import assert from "node:assert/strict";
import {
  type KubeEntry,
  mergeKubeconfig,
  removeFromKubeconfig,
} from "../../../integrations/kubeconfig.ts";

const arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
const entry: KubeEntry = {
  cluster: arn,
  context: "dev",
  user: "atmos-eks-dev-eu-west-1",
  server: "https://example.eks.amazonaws.com",
  certificateAuthority: "LS0t",
  exec: {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "/usr/local/bin/atmos-auth",
    args: [
      "aws",
      "eks",
      "token",
      "--cluster-name",
      "dev",
      "--region",
      "eu-west-1",
      "--identity=admin",
    ],
    env: [{ name: "ATMOS_IDENTITY", value: "admin" }],
  },
};
const merge = (text: string | undefined, more = {}) =>
  mergeKubeconfig(text, entry, { update: "merge", setCurrent: true, path: "/k", ...more });

Deno.test("a new kubeconfig holds the entry as kubectl wants it", async () => {
  assert.equal(
    await merge(undefined),
    `apiVersion: v1
kind: Config
clusters:
- name: ${arn}
  cluster:
    server: https://example.eks.amazonaws.com
    certificate-authority-data: LS0t
contexts:
- name: dev
  context:
    cluster: ${arn}
    user: atmos-eks-dev-eu-west-1
users:
- name: atmos-eks-dev-eu-west-1
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: /usr/local/bin/atmos-auth
      args:
      - aws
      - eks
      - token
      - --cluster-name
      - dev
      - --region
      - eu-west-1
      - --identity=admin
      env:
      - name: ATMOS_IDENTITY
        value: admin
      interactiveMode: Never
      provideClusterInfo: false
current-context: dev
`,
  );
});

const foreign = `# mine
apiVersion: v1
kind: Config
preferences: {colors: true}
clusters:
# the other one
- name: other   # keep
  cluster:
    server: https://other
    extensions: [{name: x, extension: {y: 1}}]
contexts:
- context: {cluster: other, user: o}
  name: other
current-context: other
users:
- name: o
  user: {token: not-a-real-token}
`;

Deno.test("merging keeps foreign entries, unknown fields, comments and order", async () => {
  const merged = await merge(foreign);
  for (
    const line of [
      "# mine",
      "# the other one",
      "# keep",
      "extensions:",
      "colors: true",
      "not-a-real-token",
    ]
  ) {
    assert.ok(merged.includes(line), line);
  }
  assert.match(merged, /current-context: dev/);
  assert.ok(merged.indexOf("name: other") < merged.indexOf(`name: ${arn}`));
});

Deno.test("merging again changes nothing at all", async () => {
  const once = await merge(foreign);
  assert.equal(await merge(once), once);
});

Deno.test("error refuses a name that is taken and tells which", async () => {
  const once = await merge(undefined);
  await assert.rejects(merge(once, { update: "error" }), {
    message: /failed to merge kubeconfig: cluster ".*" already exists/,
  });
});

Deno.test("broken YAML is refused", async () => {
  await assert.rejects(merge("a: [\n"), {
    message: /failed to merge kubeconfig: \/k is not valid YAML/,
  });
  await assert.rejects(merge("just text\n"), { message: /is not a kubeconfig/ });
});

Deno.test("current-context stays when the integration opts out", async () => {
  assert.match(await merge(foreign, { setCurrent: false }), /current-context: other/);
});

Deno.test("removal takes the cluster, its contexts and user, and clears current-context", async () => {
  const merged = await merge(foreign);
  const match = { cluster: (n: string) => n === arn, user: (n: string) => n === entry.user };
  const left = await removeFromKubeconfig(merged, match);
  assert.ok(left!.includes("# keep") && left!.includes("other"));
  assert.ok(!left!.includes(arn) && !left!.includes("current-context"));
  assert.equal(await removeFromKubeconfig(await merge(undefined), match), undefined);
  assert.equal(await removeFromKubeconfig(foreign, match), foreign);
});
