/** Who may import whom: arrows point one way only. */
const ARROWS = {
  contract: [],
  statistics: [],
  store: [],
  exporter: [],
  testing: [],
  'instrumentation-fab': ['contract', 'exporter'],
  'merge-analyzer': ['contract', 'statistics', 'store'],
  'test-results': ['contract', 'statistics', 'store'],
  'alert-issues': ['contract'],
  forge: ['contract', 'statistics', 'store'],
  'run-telemetry': ['contract', 'statistics', 'store'],
  health: ['contract', 'statistics', 'store'],
  grafana: ['contract'],
  receiver: ['contract'],
  wrapper: ['contract', 'exporter', 'receiver'],
  cli: [
    'alert-issues',
    'contract',
    'exporter',
    'forge',
    'grafana',
    'health',
    'instrumentation-fab',
    'merge-analyzer',
    'receiver',
    'run-telemetry',
    'store',
    'test-results',
    'wrapper',
  ],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-deep-imports',
      comment: 'A package is used through its exports; another package’s src is out of reach.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/([^/]+)/src/', pathNot: '^packages/$1/' },
    },
    {
      name: 'no-examples-in-packages',
      comment: 'Examples and tests use the packages; the packages do not know them.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^examples/' },
    },
    {
      name: 'folding-is-pure',
      comment:
        'Merges are folded and described without a database: what is stored is for the store and the log to know.',
      severity: 'error',
      from: { path: '^packages/merge-analyzer/src/(fold|events)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: [
          '^packages/merge-analyzer/src/(database|store|log|analyzer|commands)/',
          '^packages/store/',
          'node_modules/(kysely|pg|@electric-sql)/',
        ],
      },
    },
    {
      name: 'engines-load-when-they-are-needed',
      comment: 'Drivers and Kysely are optional: the entry of the store loads without them.',
      severity: 'error',
      from: {
        path: '^packages/store/src/',
        pathNot: '\\.test\\.ts$|^packages/store/src/(kysely|postgresql|pglite|duckdb)',
      },
      to: { path: 'node_modules/(kysely|pg|@types/pg|@electric-sql|@duckdb)/' },
    },
    {
      name: 'comparing-needs-no-database',
      comment:
        'Two files of runs are compared by pure functions: what is stored is for the store, ingest and reports to know.',
      severity: 'error',
      from: {
        path: '^packages/run-telemetry/src/(index\\.ts|(event|facts|failure|comparison|selection|importing|baseline)/)',
        pathNot: '\\.test\\.ts$',
      },
      to: {
        path: [
          '^packages/run-telemetry/src/(store|ingest|report)/',
          '^packages/store/',
          'node_modules/(kysely|pg|@duckdb)/',
        ],
      },
    },
    {
      name: 'grafana-engine-knows-no-board',
      comment: 'The engine draws any board; a board is data for it.',
      severity: 'error',
      from: { path: '^packages/grafana/src/engine/' },
      to: { path: '^packages/grafana/src/boards/' },
    },
    ...Object.entries(ARROWS).map(([name, allowed]) => ({
      name: `${name}-imports-only-${allowed.join('-and-') || 'nothing-of-ours'}`,
      severity: 'error',
      from: { path: `^packages/${name}/src/`, pathNot: '\\.test(-d)?\\.ts$|/fixtures/' },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/.*\\.d\\.ts$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
