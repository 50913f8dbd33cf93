/** Addresses of remote imports and includes (01 §1.6, §1.7): pure text. */

const REMOTE =
  /^(https?:\/\/|git::|git@|ssh:\/\/|s3::|s3:\/\/|gcs::|gcs:\/\/|oci:\/\/|file:\/\/|hg::|scp:\/\/|sftp:\/\/|github\.com\/|gitlab\.com\/|bitbucket\.org\/)/i;

/** True for what is fetched rather than opened. */
export function isRemote(item: string): boolean {
  return REMOTE.test(item);
}

/** The address as it may be shown: without user and query (01 §1.6). */
export function sanitize(address: string): string {
  const match = /^((?:[a-z0-9]+::)?)([a-z][a-z0-9+.-]*:\/\/)(.*)$/i.exec(address);
  if (!match) {
    return /^(git::|github\.com\/|gitlab\.com\/|bitbucket\.org\/)/i.test(address)
      ? withoutQuery(address)
      : address;
  }
  const [, prefix, scheme, rest] = match as unknown as [string, string, string, string];
  const slash = rest.search(/[/?#]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const tail = slash < 0 ? "" : rest.slice(slash);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return withoutQuery(`${prefix}${scheme}${host}${tail}`);
}

function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, "");
}

/**
 * True when an address lies below a prefix, whole path elements compared: `https://h/org` covers
 * `https://h/org/x.yaml` and `git::https://h/org/r.git//x`, not `https://h/org-2/x`.
 */
export function isBelowAddress(prefix: string, address: string): boolean {
  const base = canonical(prefix).replace(/\/+$/, "").replace(/\.git$/, "");
  const found = canonical(address);
  if (base === "" || !found.startsWith(base)) return false;
  return /^($|\/|\.git($|\/))/.test(found.slice(base.length));
}

/** Without `git::`, user and query; scheme and host in lower case. */
function canonical(address: string): string {
  const text = sanitize(address).replace(/^git::/i, "");
  const full = /^(github|gitlab|bitbucket)\.(com|org)\//i.test(text) ? `https://${text}` : text;
  return full.replace(/^[^/]*\/\/[^/]*/, (head) => head.toLowerCase());
}
