// Names of prepared statements, and what PostgreSQL says when one is out of date.
import { isLostRace, isStaleStatement, sqlState } from './sql-state.js';
import { statement } from './statement.js';

const failed = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, severity: 'ERROR', ...more });

describe('statement', () => {
  it('refuses a second statement of the same name, which one connection could not tell apart', () => {
    statement('spec.one', 'SELECT 1');
    expect(statement('spec.one', 'SELECT 1')).toEqual({ name: 'spec.one', text: 'SELECT 1' });
    expect(() => statement('spec.one', 'SELECT 2')).toThrow('Two statements are called spec.one');
  });

  it('refuses a name that PostgreSQL would cut off', () => {
    expect(() => statement('x'.repeat(64), 'SELECT 1')).toThrow('longer than 63');
  });
});

describe('SQLSTATE', () => {
  it('is found on the error and inside an error of TypeORM, and not on errors of the system', () => {
    expect(sqlState(failed('23505'))).toBe('23505');
    expect(sqlState(Object.assign(new Error('x'), { driverError: failed('40001') }))).toBe('40001');
    expect(sqlState(Object.assign(new Error('x'), { code: 'EPIPE' }))).toBeUndefined();
  });

  it('tells a statement that is out of date from other things that are not supported', () => {
    expect(isStaleStatement(failed('0A000', { routine: 'RevalidateCachedQuery' }))).toBe(true);
    expect(isStaleStatement(failed('26000'))).toBe(true);
    expect(isStaleStatement(failed('0A000', { routine: 'other' }))).toBe(false);
  });

  it('knows transactions that lost a race', () => {
    expect([failed('40P01'), failed('40001'), failed('23505')].map(isLostRace)).toEqual([true, true, false]);
  });
});
