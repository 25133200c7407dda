// Whose tokens and grants the REST API is asked for.
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../api/page-query.dto.js';

export class TokenListQuery extends PageQuery {
  @IsOptional()
  @IsString({ message: 'must be the id of a user' })
  @MaxLength(255)
  user_id?: string;

  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(255)
  client_id?: string;
}
