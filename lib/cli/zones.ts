/**
 * Abbreviations of time zones. `Intl` answers `GMT+1` for most zones outside of North America; the
 * tz database has letters for many of them and a bare offset (`+03`) for the rest.
 */
const letters: Record<string, string> = {
  "Europe/London": "GMT BST",
  "Europe/Dublin": "GMT IST",
  "Europe/Lisbon": "WET WEST",
  "Europe/Moscow": "MSK",
  "Asia/Tokyo": "JST",
  "Asia/Seoul": "KST",
  "Asia/Shanghai": "CST",
  "Asia/Taipei": "CST",
  "Asia/Hong_Kong": "HKT",
  "Asia/Manila": "PST",
  "Asia/Kolkata": "IST",
  "Asia/Calcutta": "IST",
  "Asia/Karachi": "PKT",
  "Asia/Jakarta": "WIB",
  "Asia/Jerusalem": "IST IDT",
  "Asia/Beirut": "EET EEST",
  "Australia/Sydney": "AEST AEDT",
  "Australia/Melbourne": "AEST AEDT",
  "Australia/Hobart": "AEST AEDT",
  "Australia/Brisbane": "AEST",
  "Australia/Adelaide": "ACST ACDT",
  "Australia/Darwin": "ACST",
  "Australia/Perth": "AWST",
  "Pacific/Auckland": "NZST NZDT",
  "Africa/Johannesburg": "SAST",
  "Africa/Nairobi": "EAT",
  "Africa/Lagos": "WAT",
  "Africa/Cairo": "EET EEST",
};

const central =
  "Amsterdam Andorra Belgrade Berlin Bratislava Brussels Budapest Busingen Copenhagen Gibraltar Ljubljana Luxembourg Madrid Malta Monaco Oslo Paris Podgorica Prague Rome San_Marino Sarajevo Skopje Stockholm Tirane Vaduz Vatican Vienna Warsaw Zagreb Zurich";
const eastern = "Athens Bucharest Chisinau Helsinki Kiev Kyiv Mariehamn Riga Sofia Tallinn Vilnius";

/** The zone's abbreviation at this moment: `UTC`, `CET`, `EDT`; a numeric offset where there is none. */
export function zoneAbbreviation(date: Date): string {
  const options = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" });
  const zone = options.resolvedOptions().timeZone;
  const short = options.formatToParts(date).find((p) => p.type === "timeZoneName")?.value ?? "";
  if (/^(UTC|Etc\/UTC|Etc\/UCT|Etc\/Universal|Etc\/Zulu)$/.test(zone)) return "UTC";
  const [standard, summer] = lettersOf(zone)?.split(" ") ?? [];
  if (standard) return summer && inSummer(date) ? summer : standard;
  if (!/^(GMT|UTC)([+-−].*)?$/.test(short) && short !== "") return short;
  return numeric(date);
}

function lettersOf(zone: string): string | undefined {
  if (letters[zone]) return letters[zone];
  const [area, city] = zone.split("/");
  if (area !== "Europe" || !city) return undefined;
  if (central.split(" ").includes(city)) return "CET CEST";
  return eastern.split(" ").includes(city) ? "EET EEST" : undefined;
}

/** Daylight saving time moves the clock ahead of the smaller of the two half-year offsets. */
function inSummer(date: Date): boolean {
  const year = date.getFullYear();
  const offsets = [0, 6].map((month) => -new Date(year, month, 1).getTimezoneOffset());
  return offsets[0] !== offsets[1] && -date.getTimezoneOffset() === Math.max(...offsets);
}

function numeric(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = Math.abs(minutes) % 60;
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}${
    rest ? two(rest) : ""
  }`;
}
