// Guarded message handlers: the token of whoever asked the gateway says whose orders they are.
import { Controller, Inject } from '@nestjs/common';
import { type ClientProxy, MessagePattern, Payload } from '@nestjs/microservices';
import { type AccessToken, CurrentToken, ResourceProtector } from 'nest-authorization-server/resource-server';
import { firstValueFrom } from 'rxjs';

interface Order {
  item: string;
  buyer: string;
}

@Controller()
export class OrdersController {
  private readonly orders: Order[] = [];

  constructor(@Inject('stock') private readonly stock: ClientProxy) {}

  @MessagePattern('orders.list')
  @ResourceProtector('orders:read')
  list(@CurrentToken() token: AccessToken): Order[] {
    return this.orders.filter(({ buyer }) => buyer === token.subject);
  }

  @MessagePattern('orders.place')
  @ResourceProtector('orders:write')
  async place(@Payload() { item }: { item: string }, @CurrentToken() token: AccessToken) {
    const taken = await firstValueFrom(this.stock.send<boolean>('stock.take', { item }));
    const order = { item, buyer: token.subject };
    if (taken) this.orders.push(order);
    return { ...order, state: taken ? 'placed' : 'sold out' };
  }
}
