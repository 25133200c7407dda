// A data source that a host application gives us: is it one on which our repositories work?
import type { DataSource } from 'typeorm';
import { DatabaseStartError } from './start-error.js';

/** @throws DatabaseStartError naming what the host has to change */
export function checkForeignDataSource(dataSource: DataSource, entities: readonly (new () => object)[]): void {
  const problem = problemOf(dataSource, entities);
  if (problem) throw new DatabaseStartError(`The option dataSource ${problem}.`);
}

function problemOf(dataSource: DataSource, entities: readonly (new () => object)[]): string | undefined {
  const { options } = dataSource;
  if (options.type !== 'postgres') return `must be one of PostgreSQL, not of ${options.type}`;
  if (!dataSource.isInitialized) return 'must be initialized';
  const missing = entities.filter((entity) => !dataSource.hasMetadata(entity));
  if (missing.length > 0) {
    const names = missing.length === entities.length ? '' : `: ${missing.map(({ name }) => name).join(', ')}`;
    return `lacks entities of the authorization server${names}; add ...authorizationServerEntities to its entities`;
  }
  if (options.synchronize)
    return 'must not have synchronize: the tables of the authorization server come by migrations';
  const renamed = entities
    .map((entity) => dataSource.getMetadata(entity))
    .find(
      ({ tablePath, givenTableName, columns }) =>
        tablePath !== givenTableName ||
        columns.some(
          ({ databaseName, givenDatabaseName, propertyName }) => databaseName !== (givenDatabaseName ?? propertyName),
        ),
    );
  if (renamed) {
    return (
      `calls the table ${renamed.givenTableName ?? renamed.name} or its columns otherwise (schema, entityPrefix or ` +
      'namingStrategy): use the option database instead'
    );
  }
  return undefined;
}
