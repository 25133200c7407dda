// Which errors mean that the database is away.
import { QueryFailedError } from 'typeorm';
import { isDatabaseUnavailable } from './unavailable.js';

const coded = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

describe('isDatabaseUnavailable', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED')],
    ['a missing socket', coded('ENOENT', { syscall: 'connect' })],
    ['a server that is starting or shutting down', coded('57P03')],
    ['a server that was stopped', coded('57P01')],
    ['too many connections', coded('53300')],
    ['any connection exception', coded('08006')],
    ['a statement that took too long', coded('57014')],
    ['a server that became a replica', coded('25006')],
    ['no free connection in the pool', new Error('timeout exceeded when trying to connect')],
    ['a broken connection', new Error('Connection terminated unexpectedly')],
    ['a silent server', new Error('Query read timeout')],
    [
      'a connection that broke in a transaction',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['one inside an error of TypeORM', new QueryFailedError('SELECT', [], coded('57P01'))],
    ['one that is the cause', new Error('outer', { cause: coded('ECONNRESET') })],
    ['attempts at all addresses of a name', new AggregateError([coded('ECONNREFUSED')])],
  ])('says yes to %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    ['a duplicate key', coded('23505')],
    ['a missing file', coded('ENOENT', { syscall: 'open' })],
    ['a wrong statement', new QueryFailedError('SELECT', [], coded('42601'))],
    ['a bad value that reads like a lost connection', coded('22P02', { message: 'Connection terminated' })],
    ['any other error', new Error('x')],
    ['what is no error', { code: 'ECONNREFUSED' }],
    ['nothing', undefined],
  ])('says no to %s', (_, error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('is not led in circles', () => {
    const error = new Error('x');
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
