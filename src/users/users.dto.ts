// What the REST API of accounts takes beside the account itself, which UsersService checks.
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../api/page-query.dto.js';

export class UserListQuery extends PageQuery {
  /** A part of the user name or e-mail address. */
  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(256)
  search?: string;
}

export class PasswordDto {
  /** Its length is checked by UsersService. */
  @IsString({ message: 'must be a text' })
  password: string;
}
