/** An entry of its own, as whoever reads a configuration needs no reader of reports. */
export { isCategoryPattern } from './run/is-category-pattern.ts';
