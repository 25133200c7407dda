// What the interaction API takes.
import { IsIn, IsOptional, IsString, MinLength } from 'class-validator';

const TEXT = { message: 'must be a text' };
const GIVEN = { message: 'must not be empty' };

export class InteractionQuery {
  @IsString(TEXT)
  interaction: string;

  @IsOptional()
  @IsIn(['1'], { message: 'must be 1' })
  switch?: '1';
}

export class InteractionDto {
  @IsString(TEXT)
  interaction: string;

  /** Unless the header `x-csrf-token` has it. */
  @IsOptional()
  @IsString(TEXT)
  csrf_token?: string;
}

export class SignInDto extends InteractionDto {
  @IsString(TEXT)
  @MinLength(1, GIVEN)
  username: string;

  @IsString(TEXT)
  @MinLength(1, GIVEN)
  password: string;

  /** Of an account at an identity provider that is to be linked. */
  @IsOptional()
  @IsString(TEXT)
  identity?: string;
}

export class SignUpDto extends InteractionDto {
  @IsString(TEXT)
  @MinLength(1, GIVEN)
  username: string;

  @IsString(TEXT)
  @MinLength(1, GIVEN)
  password: string;

  @IsOptional()
  @IsString(TEXT)
  email?: string;
}

export class ConsentDto extends InteractionDto {
  @IsIn(['allow', 'deny'], { message: 'must be allow or deny' })
  decision: 'allow' | 'deny';
}
