export const ACTIVITIES = {
  name: 'activities',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      user: { type: 'string' },
      url: { type: 'string' },
      event: { type: 'string' },
      at: { type: 'string', format: 'date-time' },
    },
    required: ['id'],
  },
};

export const BINDING = {
  reports: {
    activities: {
      collection: 'activities',
      fields: { user: 'user', object: 'url', event: 'event', time: 'at' },
    },
  },
};
