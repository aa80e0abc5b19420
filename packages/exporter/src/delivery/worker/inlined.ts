/** What the build puts into one string: the thread starts from it, and the main thread makes a deliverer of it. */
export { Deliverer } from './deliverer.ts';
export { startThread } from './thread.ts';
