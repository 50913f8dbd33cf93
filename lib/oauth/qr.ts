/**
 * An address as a QR code for the terminal, for signing in on a telephone (`--qr`): two rows of
 * modules in a line of text, dark on light. The address is public: it may hold a device code, never
 * a token.
 */
export async function qrText(url: string): Promise<string> {
  const { renderUnicodeCompact } = await import("uqr");
  return renderUnicodeCompact(url, { border: 2 });
}
