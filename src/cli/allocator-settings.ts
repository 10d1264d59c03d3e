/**
 * What worker processes inherit for glibc's allocator, which else keeps what was freed. With eight arenas a core, freed buffers of threads
 * stay resident (227 MiB where two arenas take 192). And the size from which a buffer is mapped by itself, so that it goes back when it is
 * freed, else grows with what is freed (to 32 MB): forty texts of 1 MB took a worker to 218 MB so, and take it to 174.
 */
export const ALLOCATOR_SETTINGS: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '262144',
  MALLOC_TRIM_THRESHOLD_: '1048576',
};
