export { type AlertReceiver, createAlertReceiver, type Started } from './alert-receiver.ts';
export type { AlertReceiverOptions } from './alert-receiver-options.ts';
export type { DeliveryAnswer } from './answer.ts';
export type { GiteaServer } from './gitea/gitea-client.ts';
export { sendTestAlert, TEST_LEVELS, type TestAlert, type TestLevel } from './reconcile/test-alert.ts';
