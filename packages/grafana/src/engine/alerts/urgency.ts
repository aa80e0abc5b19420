/** The two ways an alert of a single board reaches people. */
export type Urgency = 'page' | 'ticket';
