/** The seam between addresses and the code that carries bytes to them and from them: one folder beside this file for each kind of place. */
import type { Readable } from 'node:stream';

/** What an address stands for. */
export interface Place {
  /** As it was given; messages name it, and never the root. */
  readonly address: string;
  /** The local folder that configuration maps the address to. */
  readonly root: string;
  /** The way below the root, a name for each step; empty: the root itself. */
  readonly path: readonly string[];
}

/** A file to be carried. */
export interface Parcel {
  /** Its name at the place. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Marks what is written on the way, so that a later try of the same file clears up after an earlier one. */
  readonly mark: string;
  /** An earlier try may have got through without its receipt: then what lies there is compared before anything is written. */
  readonly mayBeThere: boolean;
  open(): Promise<Readable>;
}

/** What lies at a place. Names are relative to it. */
export type Found =
  | { readonly kind: 'file'; readonly sizeBytes: number; open(): Promise<Readable> }
  | {
      readonly kind: 'folder';
      /**
       * Regular files below it or below a folder in it, at any depth and in any order: their names from there on, with `/` between steps. None
       * where there is no such folder.
       */
      list(folder?: string): AsyncIterable<string>;
      /** @throws AppError `source.not_found` */
      open(name: string): Promise<Readable>;
    };

export interface Transport {
  /** @throws AppError `source.not_found`, retryable, when nothing is there; `source.unreadable` */
  find(place: Place): Promise<Found>;
  /**
   * Puts a file into a folder, which is made where it is missing. Under its name it appears whole or not at all, and whatever had that name
   * is replaced. Repeated after a crash it comes to the same.
   *
   * @throws AppError `delivery.failed`, retryable
   */
  deliver(folder: Place, parcel: Parcel, signal: AbortSignal): Promise<void>;
  /**
   * Puts a text under a name, in place of what was there, whole.
   *
   * @throws AppError `delivery.failed`, retryable
   */
  write(file: Place, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}
