/** An email that no server need be asked about: trying again cannot help. */
export class InvalidEmail extends Error {
  readonly code: 'invalid_address' | 'invalid_email';

  constructor(code: InvalidEmail['code'], message: string) {
    super(message);
    this.code = code;
  }
}
