/** A board's JSON as the foundation SDK types it: its classes of values as JSON spells them. */
import type * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as gauge from '@grafana/grafana-foundation-sdk/gauge';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** Enumerations of texts as the texts themselves; what the SDK leaves open stays open. */
type Json<Value> = 0 extends 1 & Value
  ? Value
  : Value extends string
    ? `${Value}`
    : Value extends number | boolean | null | undefined
      ? Value
      : Value extends readonly (infer Item)[]
        ? Json<Item>[]
        : {
            [Key in keyof Value as Value[Key] extends (...given: never[]) => unknown ? never : Key]: Json<
              Value[Key]
            >;
          };

/** The SDK leaves options and queries of a panel open, because it has one type for all panels; a kind closes them. */
type PanelOf<Kind extends string, Options> = Omit<Json<dashboard.Panel>, 'type' | 'options' | 'targets'> & {
  type: Kind;
  options: Json<Options>;
  targets: Json<Omit<prometheus.Dataquery, '_implementsDataqueryVariant'>>[];
};

/** What a board must be. */
export type Board = Omit<Json<dashboard.Dashboard>, 'panels'> & {
  panels: (
    | Json<dashboard.RowPanel>
    | PanelOf<'stat', stat.Options>
    | PanelOf<'gauge', gauge.Options>
    | PanelOf<'bargauge', bargauge.Options>
    | PanelOf<'timeseries', timeseries.Options>
  )[];
};
