/** Keys of keyring entries (03 §6.2) and back. */

/** `atmos_<alias>`, or `atmos_<realm>_<alias>` in a realm. The alias is a storage name. */
export function keyFor(alias: string, realm: string): string {
  return realm === "" ? `atmos_${alias}` : `atmos_${realm}_${alias}`;
}

/** What a key may mean: it is ambiguous, as realms and aliases may contain `_` (03 §4). */
export function readingsOf(key: string): { realm: string; alias: string }[] {
  const rest = key.slice("atmos_".length);
  const readings = [{ realm: "", alias: rest }];
  for (let cut = rest.indexOf("_"); cut !== -1; cut = rest.indexOf("_", cut + 1)) {
    const realm = rest.slice(0, cut), alias = rest.slice(cut + 1);
    if (alias !== "" && /^[a-z0-9]+([-_][a-z0-9]+)*$/.test(realm)) readings.push({ realm, alias });
  }
  return readings;
}
