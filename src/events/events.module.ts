// Makes the event bus available everywhere, and finds who listens.
import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { EventBus } from './event-bus.js';
import { EventListeners } from './event-listeners.js';

@Global()
@Module({ imports: [DiscoveryModule], providers: [EventBus, EventListeners], exports: [EventBus] })
export class EventsModule {}
