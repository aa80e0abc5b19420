/** The two ways an alert reaches people. */
export type Urgency = 'page' | 'ticket';
