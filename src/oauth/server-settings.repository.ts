// Values that the server makes for itself once and keeps for the life of the database.
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { ServerSettingEntity } from './server-setting.entity.js';

@Injectable()
export class ServerSettingsRepository {
  constructor(private readonly database: Database) {}

  /** The value of that name; several instances that create it at once agree on one. */
  async findOrCreate(name: string, created: string): Promise<string> {
    const repository = this.database.dataSource.getRepository(ServerSettingEntity);
    const present = await repository.findOneBy({ name });
    if (present) return present.value;
    await repository.createQueryBuilder().insert().values({ name, value: created }).orIgnore().execute();
    return (await repository.findOneByOrFail({ name })).value;
  }
}
