/** Configuration: a file, environment variables and command-line options, read through one table. */
export { renderConfigSchema, renderSettingsTable } from './config/describe-settings.ts';
export {
  CONFIG_FILE,
  type ConfigInputs,
  type LoadedConfig,
  loadConfig,
  type Origin,
} from './config/load-config.ts';
export { type Config, type ListedSetting, LOG_LEVELS, listSettings } from './config/settings.ts';
