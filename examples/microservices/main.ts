// A gateway and two services, each of which guards itself: `npm run example -- microservices`.
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthorizationModule } from './authorization.module.js';
import { GatewayModule } from './gateway.module.js';
import { OrdersModule } from './orders.module.js';
import { HOST, type Shop } from './shop.js';
import { StockModule } from './stock.module.js';

const port = Number(process.env.PORT ?? 3007);
const url = `http://localhost:${port}`;
const logger = ['warn', 'error'] as const;

// Somebody else's as a rule: ISSUER says which. Without it one is started beside the shop.
const own = process.env.ISSUER ? undefined : `http://localhost:${port + 1}`;
const issuer = process.env.ISSUER ?? own!;
const server = own
  ? await NestFactory.create(AuthorizationModule.at(own, url), new FastifyAdapter(), { logger: [...logger] })
  : undefined;
await server?.listen(new URL(issuer).port);

const shop: Shop = { issuer, url, ports: { orders: port + 2, stock: port + 3 } };
const services = [
  await startService(StockModule.of(shop), shop.ports.stock),
  await startService(OrdersModule.of(shop), shop.ports.orders),
];
const gateway = await NestFactory.create(GatewayModule.of(shop), new FastifyAdapter(), { logger: [...logger] });
await gateway.listen(port);
console.log(`
The shop is ready at ${url}; it accepts tokens of ${issuer}.
The services are at ${HOST}:${shop.ports.orders} (orders) and ${HOST}:${shop.ports.stock} (stock).

  curl -s ${url}/stock
  curl -s -u buyer:a-buyer-secret-of-32-characters-or-so -d grant_type=client_credentials \\
    -d resource=${url} ${issuer}/oauth/token
  curl -s -H 'Authorization: Bearer …' -d item=tea ${url}/orders
`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void gateway
      .close()
      .then(() => Promise.all([server?.close(), ...services.map((one) => one.close())]))
      .then(() => process.exit(0));
  });
}

async function startService(module: DynamicModule, at: number) {
  const service = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    transport: Transport.TCP,
    options: { host: HOST, port: at },
    logger: [...logger],
  });
  await service.listen();
  return service;
}
