// An interaction that cannot go on.
import { InvalidRequestError } from '../../common/oauth-error.js';

/** It was changed, has expired, was answered before, or belongs to another browser: people begin again at the client. */
export class InteractionError extends InvalidRequestError {}
