#!/bin/sh
# Pages somebody once for each crossing of a threshold. See SKILL.md beside this file.
set -eu
last=$(cat last-crossing 2>/dev/null || echo 0)
psql "$DATABASE" --no-psqlrc -qAt -F ' ' -v ON_ERROR_STOP=1 -c "
  select id, payload ->> 'metric', payload ->> 'direction', payload ->> 'value', payload ->> 'scope'
  from events_outbox where kind = 'metric.threshold_crossed' and id > $last
    and payload ->> 'configuration_version' = '1' order by id" > crossings
while read -r id metric direction value scope; do
  ./page "crossing-$id" "$metric of $scope went $direction to $value"
  echo "$id" > last-crossing.new
  mv last-crossing.new last-crossing
done < crossings
