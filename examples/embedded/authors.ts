// Tells the authorization server who the blog's users are. Their passwords stay with the blog.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { hash, verify } from '@node-rs/argon2';
import { type StoreUser, UserStore } from 'nest-authorization-server';
import { Repository } from 'typeorm';
import { Author } from './author.entity.js';

@Injectable()
@UserStore()
export class Authors implements UserStore, OnModuleInit {
  /** What an unknown name is compared with, so that it takes as long as a wrong password. */
  private hashOfNobody: string;

  constructor(@InjectRepository(Author) private readonly authors: Repository<Author>) {}

  async onModuleInit(): Promise<void> {
    this.hashOfNobody = await hash('nobody has this password');
    if (await this.authors.existsBy({ nick: 'ada' })) return;
    const passwordHash = await hash('difference engine');
    await this.authors.save({ nick: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', passwordHash });
  }

  async find(id: string): Promise<StoreUser | undefined> {
    return toUser(await this.authors.findOneBy({ id: Number(id) }));
  }

  async verifyPassword(login: string, password: string): Promise<StoreUser | undefined> {
    const author = await this.authors.findOneBy({ nick: login.toLowerCase() });
    const right = await verify(author?.passwordHash ?? this.hashOfNobody, password);
    return right ? toUser(author) : undefined;
  }
}

function toUser(author: Author | null): StoreUser | undefined {
  return author
    ? { id: String(author.id), username: author.nick, name: author.name, email: author.email, emailVerified: true }
    : undefined;
}
