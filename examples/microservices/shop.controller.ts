// The gateway's routes. It turns away whom it can; the services have the last word.
import { Body, Controller, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { type ClientProxy } from '@nestjs/microservices';
import { Public, ResourceProtector } from 'nest-authorization-server/resource-server';
import { firstValueFrom } from 'rxjs';

@Controller()
@ResourceProtector()
export class ShopController {
  constructor(
    @Inject('orders') private readonly orders: ClientProxy,
    @Inject('stock') private readonly stock: ClientProxy,
  ) {}

  @Get('orders')
  @ResourceProtector('orders:read')
  list(): Promise<unknown> {
    return firstValueFrom(this.orders.send('orders.list', {}));
  }

  @Post('orders')
  @ResourceProtector('orders:write')
  order(@Body() { item }: { item: string }): Promise<unknown> {
    return firstValueFrom(this.orders.send('orders.place', { item: String(item) }));
  }

  @Get('stock')
  @Public()
  inStock(): Promise<unknown> {
    return firstValueFrom(this.stock.send('stock.list', {}));
  }

  /** Any valid token here: which scope it takes is for the service to say. */
  @Put('stock/:item')
  fill(@Param('item') item: string, @Body() { count }: { count: number }): Promise<unknown> {
    return firstValueFrom(this.stock.send('stock.fill', { item, count: Number(count) }));
  }
}
