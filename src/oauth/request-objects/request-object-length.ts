// How long a request object may be, by value and by reference.

/** Characters; an encrypted one of 8 KiB of parameters fits in. */
export const MAX_REQUEST_OBJECT_LENGTH = 32 * 1024;
