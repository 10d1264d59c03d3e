/** Carriage between jobs and the places of addresses: what workers and the API use of this folder. */
import { LOCAL_TRANSPORT } from './local/local-transport.ts';
import { createResolver, type Purpose } from './locations.ts';
import type { Found, Parcel } from './transport.ts';

export interface Carrier {
  /** @throws AppError `source.unknown_location` or `destination.unknown_location` unless configuration maps the address somewhere */
  check(address: string, purpose: Purpose): void;
  /** @throws AppError `source.unknown_location`, `source.not_found`, `source.unreadable` */
  find(address: string): Promise<Found>;
  /**
   * Puts a file into the folder of an address. Repeated after a crash it comes to the same.
   *
   * @returns the address of the file
   * @throws AppError `destination.unknown_location`, or `delivery.failed`, which may pass by itself
   */
  deliver(folder: string, parcel: Parcel, signal: AbortSignal): Promise<string>;
  /** Puts a text at an address, in place of what was there. @throws AppError as `deliver` */
  write(address: string, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}

/** @param locations the setting: absolute folders by the prefix that they stand for */
export function createCarrier(locations: Readonly<Record<string, string>>): Carrier {
  const resolve = createResolver(locations);
  return {
    check(address, purpose) {
      resolve(address, purpose);
    },
    find: async (address) => LOCAL_TRANSPORT.find(resolve(address, 'source')),
    async deliver(folder, parcel, signal) {
      await LOCAL_TRANSPORT.deliver(resolve(folder, 'destination'), parcel, signal);
      return joinAddress(folder, parcel.name);
    },
    write: async (address, pieces) => LOCAL_TRANSPORT.write(resolve(address, 'destination'), pieces),
  };
}

/** The address of a name below an address. */
export function joinAddress(folder: string, name: string): string {
  return `${folder.replace(/\/$/, '')}/${name}`;
}
