// What clients must be like beyond the vocabulary: modules above this one say here what this server has.
import { Injectable } from '@nestjs/common';
import { ClientMetadataError, type ClientMetadata, type MetadataFault } from './client-metadata.js';

/** What is wrong with the metadata. */
export type ClientRule = (metadata: ClientMetadata) => readonly MetadataFault[];

@Injectable()
export class ClientRules {
  private readonly rules: ClientRule[] = [];

  add(rule: ClientRule): void {
    this.rules.push(rule);
  }

  /** @throws ClientMetadataError with every fault at once */
  check(metadata: ClientMetadata): void {
    const faults = this.rules.flatMap((rule) => rule(metadata));
    if (faults.length > 0) throw new ClientMetadataError(faults);
  }
}
