/**
 * The PowerShell side of the Windows keyring: reads operations of three lines (word, target, base64
 * of the secret) from stdin until it ends and answers each with one line of JSON. It holds no name
 * and no secret, so it may stand in argv.
 */
export const powershellScript = String.raw`
$ErrorActionPreference = 'Stop'
if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {
  '{"unusable":"PowerShell runs in constrained language mode"}'
  exit 0
}
$utf8 = New-Object System.Text.UTF8Encoding $false
$reader = New-Object System.IO.StreamReader ([Console]::OpenStandardInput()), $utf8
$writer = New-Object System.IO.StreamWriter ([Console]::OpenStandardOutput()), $utf8
function Answer($value) { $writer.WriteLine((ConvertTo-Json -Compress -InputObject $value)) }
try {
  Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
public static class AtmosCredentials {
  [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
  struct Credential {
    public uint Flags;
    public uint Type;
    public string TargetName;
    public string Comment;
    public System.Runtime.InteropServices.ComTypes.FILETIME LastWritten;
    public uint BlobSize;
    public IntPtr Blob;
    public uint Persist;
    public uint AttributeCount;
    public IntPtr Attributes;
    public string TargetAlias;
    public string UserName;
  }
  [DllImport("advapi32.dll", EntryPoint = "CredReadW", CharSet = CharSet.Unicode, SetLastError = true)]
  static extern bool CredRead(string target, uint type, uint flags, out IntPtr credential);
  [DllImport("advapi32.dll", EntryPoint = "CredWriteW", CharSet = CharSet.Unicode, SetLastError = true)]
  static extern bool CredWrite(ref Credential credential, uint flags);
  [DllImport("advapi32.dll", EntryPoint = "CredDeleteW", CharSet = CharSet.Unicode, SetLastError = true)]
  static extern bool CredDelete(string target, uint type, uint flags);
  [DllImport("advapi32.dll", EntryPoint = "CredEnumerateW", CharSet = CharSet.Unicode, SetLastError = true)]
  static extern bool CredEnumerate(string filter, uint flags, out uint count, out IntPtr credentials);
  [DllImport("advapi32.dll")]
  static extern void CredFree(IntPtr buffer);
  public static int Error;
  public static byte[] Read(string target) {
    IntPtr found;
    Error = 0;
    if (!CredRead(target, 1, 0, out found)) { Error = Marshal.GetLastWin32Error(); return null; }
    try {
      Credential credential = (Credential)Marshal.PtrToStructure(found, typeof(Credential));
      byte[] blob = new byte[credential.BlobSize];
      if (blob.Length > 0) Marshal.Copy(credential.Blob, blob, 0, blob.Length);
      return blob;
    } finally { CredFree(found); }
  }
  public static void Write(string target, string user, byte[] secret) {
    Credential credential = new Credential();
    credential.Type = 1;
    credential.TargetName = target;
    credential.UserName = user;
    credential.Persist = 2;
    credential.BlobSize = (uint)secret.Length;
    credential.Blob = Marshal.AllocHGlobal(Math.Max(1, secret.Length));
    try {
      Marshal.Copy(secret, 0, credential.Blob, secret.Length);
      Error = CredWrite(ref credential, 0) ? 0 : Marshal.GetLastWin32Error();
    } finally { Marshal.FreeHGlobal(credential.Blob); }
  }
  public static void Delete(string target) {
    Error = CredDelete(target, 1, 0) ? 0 : Marshal.GetLastWin32Error();
  }
  public static string[] List(string filter) {
    uint count;
    IntPtr found;
    Error = 0;
    List<string> targets = new List<string>();
    if (!CredEnumerate(filter, 0, out count, out found)) { Error = Marshal.GetLastWin32Error(); return targets.ToArray(); }
    try {
      for (int i = 0; i < count; i++) {
        IntPtr entry = Marshal.ReadIntPtr(found, i * IntPtr.Size);
        Credential credential = (Credential)Marshal.PtrToStructure(entry, typeof(Credential));
        if (credential.Type == 1) targets.Add(credential.TargetName);
      }
    } finally { CredFree(found); }
    return targets.ToArray();
  }
}
'@
} catch {
  Answer @{ unusable = 'PowerShell may not add types here' }
  $writer.Flush()
  exit 0
}
while ($null -ne ($op = $reader.ReadLine())) {
  $target = $reader.ReadLine()
  $secret = [Convert]::FromBase64String($reader.ReadLine())
  $answer = @{}
  switch ($op) {
    'get' {
      $blob = [AtmosCredentials]::Read($target)
      if ($null -ne $blob) { $answer.value = [Convert]::ToBase64String($blob) }
    }
    'set' { [AtmosCredentials]::Write($target, 'atmos-auth', $secret) }
    'delete' { [AtmosCredentials]::Delete($target) }
    'list' { $answer.keys = @([AtmosCredentials]::List($target)) }
  }
  $code = [AtmosCredentials]::Error
  if ($code -eq 1168) { $answer.missing = $true } elseif ($code -ne 0) { $answer.error = $code }
  Answer $answer
  # A head must not follow parts that are not there.
  if ($op -eq 'set' -and $code -ne 0) { break }
}
$writer.Flush()
`;
