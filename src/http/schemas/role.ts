import { ROLE_NAMES } from '../../actions/roles.ts';

export const ROLE = {
  enum: ROLE_NAMES,
  description:
    'A reader reads. An integrator also sends files and starts, corrects and controls jobs. An operator also deletes jobs and changes collections. An administrator also makes keys and clients.',
} as const;
