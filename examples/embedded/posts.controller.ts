// The API of the blog. Everybody reads what is published; the token of its author shows drafts too.
import { Body, Controller, Get, Post as PostMethod } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { User } from 'nest-authorization-server';
import {
  type AccessToken,
  CurrentToken,
  CurrentUser,
  ResourceProtector,
} from 'nest-authorization-server/resource-server';
import { Repository } from 'typeorm';
import { Post } from './post.entity.js';

@Controller('posts')
export class PostsController {
  constructor(@InjectRepository(Post) private readonly posts: Repository<Post>) {}

  @Get()
  @ResourceProtector('posts:read', { optional: true })
  list(@CurrentToken() token?: AccessToken): Promise<Post[]> {
    const own = token?.userId === undefined ? [] : [{ authorId: Number(token.userId) }];
    return this.posts.find({ where: [{ draft: false }, ...own], order: { id: 'DESC' } });
  }

  @PostMethod()
  @ResourceProtector('posts:write')
  async write(@Body() { text, draft }: { text: string; draft?: boolean }, @CurrentUser() user: User) {
    const post = await this.posts.save({ authorId: Number(user.id), text: String(text), draft: draft === true });
    return { ...post, author: user.username };
  }
}
