/**
 * The variable by which programs share the compile cache of whoever runs the tests; none where there is none. It decides
 * how fast a program loads and nothing else: a suite starts the same few programs thousands of times.
 */
export function compileCache(): Readonly<Record<string, string>> {
  const directory = process.env.NODE_COMPILE_CACHE;
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}
