// Whose tokens and grants the REST API is asked for.
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { PageQuery } from '../api/page-query.dto.js';

export class TokenListQuery extends PageQuery {
  @IsOptional()
  @IsUUID(undefined, { message: 'must be the id of a user' })
  user_id?: string;

  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(255)
  client_id?: string;
}
