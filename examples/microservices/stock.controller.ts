// Guarded message handlers, also for the other service, and one for everybody.
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Public, ResourceProtector } from 'nest-authorization-server/resource-server';

@Controller()
export class StockController {
  private readonly stock = new Map([
    ['tea', 2],
    ['coffee', 0],
  ]);

  @MessagePattern('stock.list')
  @Public()
  list(): Record<string, number> {
    return Object.fromEntries(this.stock);
  }

  @MessagePattern('stock.take')
  @ResourceProtector('orders:write')
  take(@Payload() { item }: { item: string }): boolean {
    const count = this.stock.get(item) ?? 0;
    if (count > 0) this.stock.set(item, count - 1);
    return count > 0;
  }

  @MessagePattern('stock.fill')
  @ResourceProtector('stock:write')
  fill(@Payload() { item, count }: { item: string; count: number }): Record<string, number> {
    this.stock.set(item, count);
    return this.list();
  }
}
