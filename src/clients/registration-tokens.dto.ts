// What the REST API takes for an initial access token.
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import {
  DEFAULT_INITIAL_TOKEN_LIFETIME,
  MAX_INITIAL_TOKEN_LIFETIME,
  MAX_INITIAL_TOKEN_USES,
} from './initial-access-tokens.js';

export class NewRegistrationTokenDto {
  /** Seconds for which clients can register with it. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(1)
  @Max(MAX_INITIAL_TOKEN_LIFETIME)
  expires_in?: number = DEFAULT_INITIAL_TOKEN_LIFETIME;

  /** How many clients can register with it; absent: any number. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1)
  @Max(MAX_INITIAL_TOKEN_USES)
  max_uses?: number;
}
