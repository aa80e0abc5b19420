import { expect, it } from 'vitest';
import { readText } from '../fixtures/read-text.ts';

/** The file that decides the category of this case of pytest. */
function fileOfCase(className: string, name: string): string | undefined {
  const files: string[] = [];
  const test = `<testcase classname="${className}" name="${name}"><error message="collection failure"/></testcase>`;
  readText(`<testsuites name="pytest tests"><testsuite name="pytest">${test}</testsuite></testsuites>`, {
    categoryOf: (file) => files.push(file),
  });
  return files.at(-1);
}

it.each([
  ['tests.acp.test_a', 'test_x', 'tests/acp/test_a.py'],
  ['tests.acp.test_a.TestK', 'test_x', 'tests/acp/test_a.py'],
  ['tests.acp.test_a.TestK.TestInner', 'test_x', 'tests/acp/test_a.py'],
  ['tests.UI.test_login', 'test_x', 'tests/UI/test_login.py'],
  ['tests.UI.test_login.TestK', 'test_x', 'tests/UI/test_login.py'],
  ['Tests.unit.test_a.TestK', 'test_x', 'Tests/unit/test_a.py'],
  ['Tests.test_a', 'test_x', 'Tests/test_a.py'],
  ['test_a.TestK', 'test_x', 'test_a.py'],
  ['Checks', 'test_x', 'Checks.py'],
  // What pytest cannot import has no class: its module is the name.
  ['', 'tests.acp.test_a', 'tests/acp/test_a.py'],
  ['', 'tests.UI.test_a', 'tests/UI/test_a.py'],
])('pytest: the case "%s" "%s" is in the file "%s"', (className, name, file) => {
  expect(fileOfCase(className, name)).toBe(file);
});
