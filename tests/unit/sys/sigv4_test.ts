import assert from "node:assert/strict";
import { SignatureV4 } from "@smithy/signature-v4";
import { HttpRequest } from "@smithy/protocol-http";
import { createHash, createHmac } from "node:crypto";
import { presign } from "../../../lib/sys/sigv4.ts";

const base = {
  method: "GET",
  url: "https://sts.us-east-2.amazonaws.com/",
  query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
  headers: { "x-k8s-aws-id": "dev-cluster" },
  expires: 60,
  region: "us-east-2",
  service: "sts",
  now: Date.UTC(2026, 2, 17, 12, 0, 0),
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "FwoGZXIvYXdzEBYaDH+example/token==",
};

Deno.test("presign gives the known answer", async () => {
  const url = new URL(await presign(base));
  assert.equal(
    url.searchParams.get("X-Amz-Signature"),
    "5a92c4203e61386813f178cc2dba82602d109381474e9751c0e0252e012520f3",
  );
  assert.equal(url.searchParams.get("X-Amz-Security-Token"), base.sessionToken);
});

Deno.test("presign agrees with the signer of the SDK on random input", async () => {
  class Sha256 {
    #h;
    constructor(secret?: Uint8Array) {
      this.#h = secret ? createHmac("sha256", secret) : createHash("sha256");
    }
    update(d: Uint8Array | string) {
      this.#h.update(d);
    }
    digest() {
      return Promise.resolve(new Uint8Array(this.#h.digest()));
    }
    reset() {}
  }
  for (let round = 0; round < 20; round++) {
    const random = () => crypto.getRandomValues(new Uint8Array(24)).toBase64();
    const request = {
      ...base,
      secretAccessKey: random(),
      sessionToken: random(),
      headers: { "x-k8s-aws-id": `c-${round}_X` },
      query: { ...base.query, "odd name*": "a b+c/é=!'()" },
    };
    const signer = new SignatureV4({
      service: "sts",
      region: request.region,
      credentials: request,
      // deno-lint-ignore no-explicit-any
      sha256: Sha256 as any,
      applyChecksum: false,
    });
    const signed = await signer.presign(
      new HttpRequest({
        method: "GET",
        protocol: "https:",
        hostname: "sts.us-east-2.amazonaws.com",
        path: "/",
        query: request.query,
        headers: { host: "sts.us-east-2.amazonaws.com", ...request.headers },
      }),
      {
        expiresIn: 60,
        signingDate: new Date(request.now),
        unhoistableHeaders: new Set(["x-k8s-aws-id"]),
      },
    );
    const ours = new URL(await presign(request));
    assert.equal(ours.searchParams.get("X-Amz-Signature"), signed.query!["X-Amz-Signature"]);
  }
});
