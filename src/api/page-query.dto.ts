// Which part of a list is asked for.
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { DEFAULT_LIMIT, MAX_LIMIT } from './paging.js';

export class PageQuery {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => toInteger(value))
  @IsInt({ message: 'must be a whole number' })
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;

  /** `next` of the page before. */
  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(1000)
  after?: string;
}

function toInteger(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
