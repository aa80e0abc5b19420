/** Where the configuration of a deployment is looked for. */

/** What a file is called in the working directory. */
export const FILE_NAME = 'ephemetry.yaml';
/** The variable that names another. */
export const FILE_VARIABLE = 'EPHEMETRY_CONFIG';
