/** The file of host names: hosts(5). The same code as the exporter's. */
import { isIP } from 'node:net';

/** The addresses of a name, in the order of the file. Names differ in nothing but case. */
export function findInHosts(text: string, name: string): string[] {
  const wanted = name.toLowerCase();
  // Lists that block advertisers have 100,000 lines.
  if (!text.toLowerCase().includes(wanted)) return [];
  const found = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(wanted) && isIP(address) !== 0 ? [address] : [];
  });
  return [...new Set(found)];
}
