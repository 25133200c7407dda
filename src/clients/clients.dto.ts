// What the REST API of clients takes beside the metadata, which parseClientMetadata checks.
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { DEFAULT_SECRET_OVERLAP } from './clients.service.js';

const MAX_OVERLAP = 90 * 86_400;

export class RotateSecretDto {
  /** Seconds for which the secrets before still work. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number of seconds' })
  @Min(0)
  @Max(MAX_OVERLAP)
  overlap?: number = DEFAULT_SECRET_OVERLAP;
}
