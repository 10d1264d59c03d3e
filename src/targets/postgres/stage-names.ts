/** Names of a writer's temporary tables, for the statements that use them. */

/** The staged chunk. */
export const STAGE_TABLE = 'pg_temp._wb_stage';
/** What was found about its records. */
export const FOUND_TABLE = 'pg_temp._wb_found';
