/** LCOV and Go's cover profiles: a line of text for each line or block. */
import { MalformedDocument } from '../reading/parse-xml.ts';
import type { CoveredLines } from './covered-lines.ts';

/** Reads the text of one file, line by line. */
export interface LineReader {
  /** @throws {MalformedDocument} */
  line(text: string): void;
  /**
   * @param isEnded whether the last line had an end
   * @throws {MalformedDocument} when something is missing
   */
  end(isEnded: boolean): void;
}

/** https://github.com/linux-test-project/lcov, man page geninfo(1), section FILES */
export function lcovReader(lines: CoveredLines): LineReader {
  let file: string | undefined;
  return {
    line: (text) => {
      const [, key, value = ''] = /^([A-Z]+):(.*)$/.exec(text) ?? [];
      if (key === 'SF') file = value;
      else if (text === 'end_of_record') file = undefined;
      else if (key === 'DA') {
        const [, number, hits] = /^(\d+),([^,]+)/.exec(value) ?? [];
        if (file === undefined || number === undefined)
          throw new MalformedDocument(`${shown(text)} is no line of a file`);
        lines.add(file, Number(number), hits);
      }
    },
    end: () => {
      if (file !== undefined) throw new MalformedDocument('it is cut off: end_of_record is missing');
    },
  };
}

/** `name.go:line.column,line.column statements count`. https://pkg.go.dev/golang.org/x/tools/cover#ParseProfiles */
export function goReader(lines: CoveredLines): LineReader {
  return {
    line: (text) => {
      // Profiles are put one behind the other.
      if (text === '' || /^mode: (set|count|atomic)$/.test(text)) return;
      const [, file, block, statements, count] =
        /^(.+):(\d+\.\d+,\d+\.\d+) (\d{1,9}) (\d+)$/.exec(text) ?? [];
      if (file === undefined || block === undefined)
        throw new MalformedDocument(`${shown(text)} is no block`);
      lines.add(file, block, count, Number(statements));
    },
    end: (isEnded) => {
      // A count that is cut off is another count.
      if (!isEnded) throw new MalformedDocument('it is cut off: its last line has no end');
    },
  };
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
