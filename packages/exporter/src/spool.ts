/** For programs that work on spools beside an exporter: where one is, who holds a file, how to write and open one safely. */
export { INSTRUMENT_NAME_RULE, isInstrumentName } from './meter/instrument-name.ts';
export { type BatchFile, type OpenedBatchFile, openBatchFile } from './spool/batch-file.ts';
export {
  defaultSpoolPlaces,
  locateSpool,
  type SpoolPlace,
  type SpoolPlaceOptions,
  type SpoolPlaces,
} from './spool/locate-spool.ts';
export { openSafely, readSafely } from './spool/open-safely.ts';
export { type OwnerState, ownerState, ownOwner } from './spool/owner.ts';
export { openSpoolDirectory, type SpoolDirectory } from './spool/spool-directory.ts';
