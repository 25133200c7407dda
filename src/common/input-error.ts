// What somebody gave cannot be taken as it is: per member, for forms, JSON bodies, the command line and files.

/** A member that was refused. */
export interface InputFault {
  /** The wire name, e.g. `username`, `redirect_uris[0]`, `address.country`. */
  member: string;
  /** E.g. `is already taken`. */
  problem: string;
}

/** Something cannot be as somebody wants it; `faults` names each member. */
export class InputError extends Error {
  constructor(
    readonly faults: readonly InputFault[],
    /** Nothing is wrong with it but that somebody else has it already. */
    readonly isConflict = false,
  ) {
    super(faults.map(({ member, problem }) => `${member}: ${problem}`).join('; '));
    this.name = new.target.name;
  }
}
