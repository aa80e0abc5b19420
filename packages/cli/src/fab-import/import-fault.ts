/** Why an import did nothing. Its message is for people; nothing was sent and nothing remembered. */
export class ImportFault extends Error {
  override readonly name: string = 'ImportFault';
}
