/** Tables that are named in raw SQL by `sql.table('run')`: Kysely's `withSchema` leaves them alone. */
import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryId,
  type QueryResult,
  type RawNode,
  type RootOperationNode,
  TableNode,
  type UnknownRow,
} from 'kysely';

/** Finds them in a schema, unless they name another. */
export class RawTablesPlugin implements KyselyPlugin {
  readonly #transformer: RawTablesTransformer;

  constructor(schema: string) {
    this.#transformer = new RawTablesTransformer(schema);
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}

class RawTablesTransformer extends OperationNodeTransformer {
  readonly #schema: string;

  constructor(schema: string) {
    super();
    this.#schema = schema;
  }

  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    const raw = super.transformRaw(node, queryId);
    return { ...raw, parameters: raw.parameters.map((parameter) => this.#inSchema(parameter)) };
  }

  #inSchema(node: RawNode['parameters'][number]): RawNode['parameters'][number] {
    if (!TableNode.is(node) || node.table.schema !== undefined) return node;
    return TableNode.createWithSchema(this.#schema, node.table.identifier.name);
  }
}
