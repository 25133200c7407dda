// Why an account cannot be as somebody wants it: per member, for forms, the REST API and the bootstrap file.
import { InputError, type InputFault } from '../common/input-error.js';

/** A member that was refused. */
export type UserFault = InputFault;

/** The account cannot be like this; `faults` names each member. */
export class UserInputError extends InputError {}
