/** STUB replaced by sys owner */
export function registerSecret(_value: string): void {}
